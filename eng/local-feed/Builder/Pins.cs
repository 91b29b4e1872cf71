using System.Text.Json;

namespace MlAspire.LocalFeed;

/// <summary>One npm package at one version; <see cref="Integrity"/> is npm's own <c>sha512-base64</c> of the tarball.</summary>
internal sealed record NpmPin(string Name, string Version, string Integrity);

/// <summary>A NuGet package of executables: the bundle's folder <see cref="From"/> as <c>tools/</c>, and an MSBuild property that names it (or the file <see cref="Value"/> in it).</summary>
internal sealed record ToolPackage(string Id, string Version, string From, string Property, string Value);

/// <summary>Everything that is downloaded or repacked: <c>packages.json</c>.</summary>
internal sealed record Pins(IReadOnlyList<NpmPin> Npm, IReadOnlyList<ToolPackage> Tools)
{
    /// <summary>Reads <paramref name="path"/>.</summary>
    /// <exception cref="FeedException">The file is not of this form.</exception>
    public static Pins Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Pins>(File.ReadAllText(path), JsonSerializerOptions.Web)
                ?? throw new FeedException($"{path} is empty");
        }
        catch (JsonException e)
        {
            throw new FeedException($"{path}: {e.Message}");
        }
    }

    public NpmPin Package(string name) =>
        Npm.FirstOrDefault(p => p.Name == name) ?? throw new FeedException($"packages.json pins no npm package {name}");
}
