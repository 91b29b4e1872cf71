using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dcp;

/// <summary>Where the orchestrator is and how it is used. Section <c>DcpPublisher</c>.</summary>
internal sealed class DcpOptions
{
    public const string Section = "DcpPublisher";

    /// <summary>Full path of the <c>dcp</c> executable.</summary>
    public string? CliPath { get; set; }

    /// <summary>Full path of the dashboard's executable.</summary>
    public string? DashboardPath { get; set; }

    /// <summary><c>docker</c> or <c>podman</c>; null = whichever DCP finds.</summary>
    public string? ContainerRuntime { get; set; }

    /// <summary>Appended to the names of DCP objects, so that tests can tell runs apart.</summary>
    public string? ResourceNameSuffix { get; set; }

    /// <summary>Declared public ports of proxied endpoints are ignored and free ones taken instead.</summary>
    public bool RandomizePorts { get; set; }

    /// <summary>Stopping waits until every process is gone.</summary>
    public bool WaitForResourceCleanup { get; set; }

    /// <summary>Where DCP writes its own logs; null = nowhere.</summary>
    public string? DiagnosticsLogFolder { get; set; }

    public string? DiagnosticsLogLevel { get; set; }
}

/// <summary>Fills <see cref="DcpOptions"/>: configuration first, then what the build wrote into the AppHost's assembly metadata.</summary>
internal sealed class ConfigureDcpOptions(IConfiguration configuration, DistributedApplicationOptions application) : IConfigureOptions<DcpOptions>
{
    public void Configure(DcpOptions options)
    {
        configuration.GetSection(DcpOptions.Section).Bind(options);
        options.CliPath = FirstText(options.CliPath, InFolder(configuration["ASPIRE_DCP_PATH"], "dcp"), Metadata("dcpclipath"));
        options.DashboardPath = FirstText(options.DashboardPath, configuration["ASPIRE_DASHBOARD_PATH"], Metadata("aspiredashboardpath"));
        options.ContainerRuntime = FirstText(options.ContainerRuntime, configuration["ASPIRE_CONTAINER_RUNTIME"], configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"]);
    }

    private string? Metadata(string key) =>
        application.Assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => string.Equals(attribute.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;

    private static string? InFolder(string? folder, string file) => string.IsNullOrWhiteSpace(folder) ? null : Path.Combine(folder, file);

    private static string? FirstText(params ReadOnlySpan<string?> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!string.IsNullOrWhiteSpace(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
