using MlAspire.Inference.Api.Models.Config;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>The labels of an output: a text file beside config.json, one label a line, line 0 is index 0.</summary>
internal static class LabelFile
{
    /// <param name="config">Names no output twice: <see cref="ModelSignature.Of"/>.</param>
    /// <returns>By output name; outputs without a label file are not in it.</returns>
    /// <exception cref="InvalidDataException">The file is not there, its name is a path, or it is too large.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadAll(ModelDirectory directory, ModelConfig config) => config.Output
        .Where(output => !string.IsNullOrEmpty(output.LabelFilename))
        .ToDictionary(output => output.Name, output => (IReadOnlyList<string>)directory.ReadText(output.LabelFilename!).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'), StringComparer.Ordinal);
}
