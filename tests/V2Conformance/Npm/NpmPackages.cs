using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>What others publish and the tests use: models, and gRPC for Node. Versions are in <c>package.json</c> and its lock; nothing of them is in this repository.</summary>
internal static class NpmPackages
{
    public static NodeFolder Folder { get; } = new("tests/V2Conformance/Npm");

    private static readonly Lazy<Task> Installed = new(() => Folder.InstallAsync(CancellationToken.None));

    /// <summary>Fetches them once.</summary>
    public static Task InstallAsync() => Installed.Value;
}
