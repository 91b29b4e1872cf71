using System.Reflection;

namespace MlAspire.SystemTests;

/// <summary>Where the sources of this build are.</summary>
internal static class Checkout
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string Browser { get; } = Path.Combine(Root, "tests", "System.Tests", "Browser");

    private static string Metadata(string key) => typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
