using System.IO.Compression;
using System.Xml.Linq;

namespace MlAspire.LocalFeed;

/// <summary>Writes minimal NuGet packages: a zip of a <c>.nuspec</c> and the files.</summary>
internal static class NuGetPackage
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    /// <summary>A package of the executables in <paramref name="folder"/> with the MSBuild property that says where they are.</summary>
    public static void WriteTool(ToolPackage package, string folder, string output)
    {
        using var zip = Create(package.Id, package.Version, output);
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

    private static ZipArchive Create(string id, string version, string output)
    {
        var zip = ZipFile.Open(Path.Combine(output, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        using var nuspec = zip.CreateEntry(id + ".nuspec").Open();
        new XElement(Nuspec + "package", new XElement(Nuspec + "metadata",
            new XElement(Nuspec + "id", id), new XElement(Nuspec + "version", version), new XElement(Nuspec + "authors", "MlAspire local feed"),
            new XElement(Nuspec + "description", "Genuine executables, repacked from the Aspire CLI's bundle."))).Save(nuspec);
        return zip;
    }
}
