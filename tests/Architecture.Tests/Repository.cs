using System.Xml.Linq;
using MlAspire.Testing;

namespace MlAspire.Architecture.Tests;

/// <summary>The checkout as files: sources without what a build makes.</summary>
internal static class Repository
{
    private static readonly string[] Built = ["bin", "obj", "node_modules", ".packages", ".feed", ".run", ".git", "TestResults"];

    public static string Root => Checkout.Root;

    /// <summary>The projects that run in production, by the name of their folder.</summary>
    public static IReadOnlyList<string> Products { get; } = ["AppHost", "FeatureStore", "Gateway", "Inference.Api", "Monitoring", "Pipelines", "ServiceDefaults"];

    public static IReadOnlyList<string> Services { get; } = [.. Products.Except(["AppHost", "ServiceDefaults"])];

    /// <summary>Paths relative to the root, with <c>/</c>, of the files whose name ends with <paramref name="ending"/>.</summary>
    public static IReadOnlyList<string> Files(string ending) =>
        [.. Walk(new DirectoryInfo(Root)).Where(f => f.Name.EndsWith(ending, StringComparison.Ordinal)).Select(f => Path.GetRelativePath(Root, f.FullName)).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> ProductSources { get; } = [.. Files(".cs").Where(f => Products.Contains(f.Split('/')[0]))];

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>The attribute <paramref name="attribute"/> of every item <paramref name="item"/> of a project file.</summary>
    public static IReadOnlyList<string> Items(string project, string item, string attribute = "Include") =>
        [.. XDocument.Parse(Text(project)).Descendants(item).Select(e => (string?)e.Attribute(attribute)).OfType<string>()];

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(folder.EnumerateDirectories().Where(d => !Built.Contains(d.Name) && d.LinkTarget is null).SelectMany(Walk));
}
