using System.Xml.Linq;

namespace MlAspire.LocalFeed;

/// <summary>The packages that are ordinary projects here: ONNX Runtime's binding and the stand-ins.</summary>
internal static class ProjectPackages
{
    /// <summary>Packs every project under <c>onnxruntime/</c>, then every one under <c>stand-ins/</c>, into <paramref name="output"/>.</summary>
    /// <exception cref="FeedException">A project does not build.</exception>
    public static async Task PackAsync(string sources, string onnxRuntime, string output)
    {
        foreach (var folder in new[] { "onnxruntime", "stand-ins" })
        {
            var projects = Directory.GetFiles(Path.Combine(sources, folder), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            Console.WriteLine($"packing {projects.Count} projects of {folder}");
            var solution = Path.Combine(sources, folder, "obj", folder + ".slnx");
            Directory.CreateDirectory(Path.GetDirectoryName(solution)!);
            new XElement("Solution", projects.Select(p => new XElement("Project", new XAttribute("Path", Path.GetRelativePath(Path.GetDirectoryName(solution)!, p))))).Save(solution);
            await Command.RunAsync("dotnet", ["pack", solution, "-c", "Release", "-o", output, "-v", "quiet", "-nologo", "-p:OnnxRuntimePackage=" + onnxRuntime], sources);
        }
    }
}
