using System.IO.Compression;
using System.Xml.Linq;

namespace MlAspire.LocalFeed;

/// <summary>Writes minimal NuGet packages: a zip of a <c>.nuspec</c> and the files.</summary>
internal static class NuGetPackage
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    /// <summary>A package of one genuine assembly out of <paramref name="assemblies"/>, written to <paramref name="output"/>.</summary>
    /// <exception cref="FeedException">The bundle has no such assembly.</exception>
    public static void WriteAssembly(AssemblyPackage package, IReadOnlyDictionary<string, byte[]> assemblies, string output)
    {
        var dependencies = (package.Dependencies ?? []).Select(d => Dependency(d.Key, d.Value));
        var metadata = new List<XElement> { new(Nuspec + "dependencies", new XElement(Nuspec + "group", new XAttribute("targetFramework", package.Framework), dependencies)) };
        if (package.AspNetCore)
        {
            metadata.Add(new XElement(Nuspec + "frameworkReferences", new XElement(Nuspec + "group", new XAttribute("targetFramework", package.Framework),
                new XElement(Nuspec + "frameworkReference", new XAttribute("name", "Microsoft.AspNetCore.App")))));
        }

        using var zip = Create(package.Id, package.Version, "Genuine assembly, repacked from the Aspire CLI's bundle.", metadata, output);
        if (package.Empty)
        {
            zip.CreateEntry($"lib/{package.Framework}/_._");
            return;
        }

        var name = package.Id + ".dll";
        if (!assemblies.TryGetValue(name, out var assembly))
        {
            throw new FeedException($"the Aspire bundle has no {name}");
        }

        using var entry = zip.CreateEntry($"lib/{package.Framework}/{name}", CompressionLevel.Fastest).Open();
        entry.Write(assembly);
    }

    /// <summary>A package of the executables in <paramref name="folder"/> with the MSBuild property that says where they are.</summary>
    public static void WriteTool(ToolPackage package, string folder, string output)
    {
        using var zip = Create(package.Id, package.Version, "Genuine executables, repacked from the Aspire CLI's bundle.", [], output);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            zip.CreateEntryFromFile(file, "tools/" + Path.GetRelativePath(folder, file), CompressionLevel.Fastest);
        }

        var property = new XElement(package.Property, new XAttribute("Condition", $" '$({package.Property})' == '' "), $"$(MSBuildThisFileDirectory)../tools/{package.Value}");
        foreach (var place in new[] { "build", "buildTransitive" })
        {
            using var entry = zip.CreateEntry($"{place}/{package.Id}.targets").Open();
            new XElement("Project", new XElement("PropertyGroup", property)).Save(entry);
        }
    }

    // Grpc.Tools brings protoc's build targets, which NuGet passes on only when the dependency says so.
    private static XElement Dependency(string id, string version) =>
        new(Nuspec + "dependency", new XAttribute("id", id), new XAttribute("version", version), id == "Grpc.Tools" ? new XAttribute("include", "All") : null);

    private static ZipArchive Create(string id, string version, string description, IEnumerable<XElement> metadata, string output)
    {
        var zip = ZipFile.Open(Path.Combine(output, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        using var nuspec = zip.CreateEntry(id + ".nuspec").Open();
        new XElement(Nuspec + "package", new XElement(Nuspec + "metadata",
            new XElement(Nuspec + "id", id), new XElement(Nuspec + "version", version), new XElement(Nuspec + "authors", "MlAspire local feed"),
            new XElement(Nuspec + "description", description), metadata)).Save(nuspec);
        return zip;
    }
}
