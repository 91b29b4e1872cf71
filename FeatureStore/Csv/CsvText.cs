using System.Buffers;

namespace MlAspire.FeatureStore.Csv;

/// <summary>A text as a field of a CSV file (RFC 4180).</summary>
internal static class CsvText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <summary>The text, in quotation marks where it needs them, and where it is empty: an empty field without them is null.</summary>
    public static string Of(string text) => text.Length == 0 || text.AsSpan().ContainsAny(Special) ? Quoted(text) : text;

    public static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
