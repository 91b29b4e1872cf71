using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>What an application under test gets unless its arguments or the test say otherwise.</summary>
internal class TestDefaults(Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder) : BuilderInterception
{
    // The host reads these two families without their prefix.
    private static readonly string[] HostPrefixes = ["DOTNET_", "ASPNETCORE_"];
    private static readonly JsonSerializerOptions Json = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public override void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        settings.Args = [.. settings.Args ?? [], .. args];
        settings.ApplicationName = options.AssemblyName = appHost.GetName().Name;
        options.Args = settings.Args;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        settings.Configuration ??= new();
        var folder = options.Metadata("AppHostProjectPath");
        settings.ContentRootPath = Directory.Exists(folder) ? folder : settings.ContentRootPath;
        SetDefaults(settings, new()
        {
            ["DcpPublisher:ContainerRuntimeInitializationTimeout"] = "00:00:30",
            ["DcpPublisher:RandomizePorts"] = "true",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
            ["ASPNETCORE_URLS"] = "http://localhost:8080",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:4317",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
        });
        configureBuilder(options, settings);
        SetDefaults(settings, ReadLaunchProfile(folder, settings));
    }

    public override void Constructed(DistributedApplicationBuilder builder)
    {
    }

    public override void Building(DistributedApplicationBuilder builder)
    {
    }

    public override void Built(DistributedApplication application)
    {
    }

    private static ConfigurationManager Existing(HostApplicationBuilderSettings settings)
    {
        var existing = new ConfigurationManager();
        existing.AddConfiguration(settings.Configuration!);
        existing.AddCommandLine(settings.Args ?? []);
        return existing;
    }

    private static void SetDefaults(HostApplicationBuilderSettings settings, Dictionary<string, string?> defaults)
    {
        using var existing = Existing(settings);
        settings.Configuration!.AddInMemoryCollection(defaults.Where(entry => existing[entry.Key] is null).ToArray());
    }

    /// <summary>The variables of the AppHost's launch profile as configuration, since nobody set them in the test's process.</summary>
    private static Dictionary<string, string?> ReadLaunchProfile(string? folder, HostApplicationBuilderSettings settings)
    {
        var path = Path.Combine(folder ?? string.Empty, "Properties", "launchSettings.json");
        if (folder is null || !File.Exists(path) || JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), Json) is not { Profiles.Count: > 0 } launch)
        {
            return [];
        }

        using var existing = Existing(settings);
        var name = existing["DOTNET_LAUNCH_PROFILE"] is { Length: > 0 } wanted ? wanted : launch.Profiles.Keys.First();
        if (!launch.Profiles.TryGetValue(name, out var profile))
        {
            throw new InvalidOperationException($"The configured launch profile, '{name}', was not found in the launch settings file.");
        }

        var values = new Dictionary<string, string?> { ["DOTNET_LAUNCH_PROFILE"] = name };
        foreach (var (key, value) in profile.EnvironmentVariables)
        {
            values[key] = value;
            foreach (var prefix in HostPrefixes.Where(prefix => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                values[key[prefix.Length..]] = value;
            }
        }

        return values;
    }
}
