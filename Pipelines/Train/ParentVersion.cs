using System.Globalization;

namespace MlAspire.Pipelines.Train;

/// <summary>The version of a model that another one follows.</summary>
/// <param name="Version">Its number.</param>
/// <param name="ModelSha256">Of its model.onnx.</param>
internal sealed record ParentVersion(int Version, string ModelSha256)
{
    /// <summary>The newest version below <paramref name="version"/> that a model repository has of <paramref name="model"/>; null when there is none.</summary>
    public static ParentVersion? Of(string modelRepository, string model, int version)
    {
        var folder = Path.Combine(modelRepository, model);
        var before = !Directory.Exists(folder) ? 0 : Directory.EnumerateDirectories(folder)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && File.Exists(OnnxOf(folder, number)) ? number : 0)
            .Where(number => number < version).DefaultIfEmpty().Max();
        return before == 0 ? null : new(before, Lineage.HashOf(File.ReadAllBytes(OnnxOf(folder, before))));
    }

    private static string OnnxOf(string folder, int version) => Path.Combine(folder, version.ToString(CultureInfo.InvariantCulture), "model.onnx");
}
