using System.Text.Json;

namespace MlAspire.FeatureStore.Registry;

/// <summary>Reads <c>features.json</c>, whose form docs/features.md shows.</summary>
internal static class RegistryFile
{
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false };

    /// <summary>The file that comes with the program.</summary>
    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "features.json");

    /// <summary>The registry that the file defines.</summary>
    /// <exception cref="RegistryFileException">Anything is wrong in it; all problems are reported together.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FeatureRegistry Read(string path) => Parse(ReadBytes(path));

    /// <summary>The bytes of the file.</summary>
    /// <exception cref="RegistryFileException">It is larger than <see cref="MaxBytes"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static byte[] ReadBytes(string path) =>
        new FileInfo(path).Length <= MaxBytes ? File.ReadAllBytes(path) : throw new RegistryFileException([new RegistryProblem("$", $"is larger than {MaxBytes} bytes")]);

    /// <summary>The registry that the UTF-8 JSON text defines.</summary>
    /// <exception cref="RegistryFileException">Anything is wrong in it; all problems are reported together.</exception>
    public static FeatureRegistry Parse(ReadOnlyMemory<byte> utf8)
    {
        var problems = new List<RegistryProblem>();
        using var document = Document(utf8);
        var registry = new RegistryReader(new JsonPath(document.RootElement, "$", problems)).Read();
        return problems.Count == 0 ? registry : throw new RegistryFileException(problems);
    }

    private static JsonDocument Document(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return JsonDocument.Parse(utf8, Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: the name of a property has an escaped half of a surrogate pair
        {
            throw new RegistryFileException([new RegistryProblem("$", $"not JSON: {e.Message}")]);
        }
    }
}
