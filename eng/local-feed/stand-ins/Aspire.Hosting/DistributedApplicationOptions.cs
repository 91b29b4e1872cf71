using System.Reflection;

namespace Aspire.Hosting;

/// <summary>How an application is built.</summary>
public sealed class DistributedApplicationOptions
{
    private readonly Lazy<Assembly?> assembly;
    private string? projectDirectory;

    public DistributedApplicationOptions() => assembly = new(Resolve);

    public string[]? Args { get; set; }

    /// <summary>Name of the AppHost's assembly; the entry assembly unless set.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>Folder of the AppHost's project; what the build wrote into the assembly unless set.</summary>
    public string? ProjectDirectory
    {
        get => projectDirectory ?? Metadata("AppHostProjectPath");
        set => projectDirectory = value;
    }

    public string? DashboardApplicationName { get; set; }

    public bool DisableDashboard { get; set; }

    public bool EnableResourceLogging { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    public bool? TrustDeveloperCertificate { get; set; }

    public bool? DeveloperCertificateDefaultHttpsTerminationEnabled { get; set; }

    public string? ContainerRegistryOverride { get; set; }

    internal Assembly? Assembly => assembly.Value;

    internal string? ProjectName
    {
        get => field ?? Metadata("AppHostProjectName");
        set;
    }

    internal bool DashboardEnabled => !DisableDashboard;

    /// <summary>What the SDK's build targets wrote about the project into its assembly.</summary>
    internal string? Metadata(string key)
        => Assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;

    private Assembly? Resolve()
    {
        if (string.IsNullOrEmpty(AssemblyName))
        {
            return Assembly.GetEntryAssembly();
        }

        try
        {
            return Assembly.Load(AssemblyName);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new InvalidOperationException($"Failed to load AppHost assembly '{AssemblyName}' specified in {nameof(DistributedApplicationOptions)}.", exception);
        }
    }
}
