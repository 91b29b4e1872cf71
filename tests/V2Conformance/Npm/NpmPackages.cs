using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>What others publish and the tests use: models, and gRPC for Node. Versions are in <c>package.json</c> and its lock; nothing of them is in this repository.</summary>
internal static class NpmPackages
{
    private static readonly NodeFolder folder = new("tests/V2Conformance/Npm");
    private static readonly Lazy<Task> installed = new(() => folder.InstallAsync(CancellationToken.None));

    public static NodeFolder Folder => folder;

    /// <summary>Fetches them once.</summary>
    public static Task InstallAsync() => installed.Value;
}
