using System.Reflection;

namespace MlAspire.Testing;

/// <summary>Where the sources of this build are. A build in CI maps their paths away, so what a compiler says of a file's place does not find it.</summary>
public static class Checkout
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    private static string Metadata(string key) => typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
