using System.Reflection;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests;

/// <summary>Programs that the build of this assembly found or made.</summary>
internal static class Programs
{
    /// <summary>What makes an application of these tests: its metadata say where DCP and the dashboard are.</summary>
    public static DistributedApplicationOptions Options(params string[] args) => new()
    {
        Args = args,
        AssemblyName = typeof(Programs).Assembly.GetName().Name,
        DisableDashboard = true,
    };

    public static string Dcp => Metadata("dcpclipath");

    public static string FixtureProject => Metadata("fixtureproject");

    public static string FixtureAssembly
    {
        get
        {
            var configuration = typeof(Programs).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
            return Path.Combine(Path.GetDirectoryName(FixtureProject)!, "bin", configuration, "net10.0", "MlAspire.LocalFeed.Aspire.Hosting.Run.Fixture.dll");
        }
    }

    private static string Metadata(string key) =>
        typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
