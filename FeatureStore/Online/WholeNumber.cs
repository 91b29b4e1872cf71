using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>Whole numbers on the wire, however they are spelt: <c>7</c>, <c>7.0</c> (a column with a null among its numbers leaves pandas so) or <c>7e0</c>.</summary>
internal static class WholeNumber
{
    // Beyond it a double is not the number that was written.
    private const double MaxExact = 1L << 53;

    /// <summary>Reads a JSON number; false when it has a fraction, or more bits than are exact.</summary>
    public static bool TryRead(JsonElement json, out long number) => json.TryGetInt64(out number) || (json.TryGetDouble(out var value) && IsWhole(value, out number));

    /// <summary>Reads the JSON number at which the reader is.</summary>
    public static bool TryRead(ref Utf8JsonReader json, out long number) => json.TryGetInt64(out number) || (json.TryGetDouble(out var value) && IsWhole(value, out number));

    private static bool IsWhole(double value, out long number)
    {
        var isWhole = double.IsInteger(value) && Math.Abs(value) <= MaxExact;
        number = isWhole ? (long)value : 0;
        return isWhole;
    }
}
