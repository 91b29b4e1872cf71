using System.Buffers;
using System.Globalization;
using System.Text;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Join key values as one text. Different values give different texts.</summary>
/// <remarks>
/// <c>["ATL"]</c> is <c>ATL</c>, <c>["ATL", "LAX"]</c> is <c>ATL-LAX</c>, <c>[]</c> is <c>_</c>. Everything but ASCII letters, digits, <c>_</c> and <c>.</c>
/// is written as % and two hexadecimal digits per UTF-8 byte: <c>["A-B", "C:D"]</c> is <c>A%2DB-C%3AD</c>.
/// </remarks>
internal static class EntityKey
{
    public const string None = "_";

    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");

    public static string Of(ReadOnlySpan<string> values) => values.Length switch
    {
        0 => None,
        1 => Escape(values[0]),
        2 => $"{Escape(values[0])}-{Escape(values[1])}",
        _ => string.Join('-', values.ToArray().Select(Escape)),
    };

    /// <summary>The text of those <paramref name="values"/> that the join keys are at.</summary>
    /// <param name="at">Position of each join key in <paramref name="values"/>.</param>
    public static string Of(ReadOnlySpan<string> values, ReadOnlySpan<int> at)
    {
        if (at.Length == 1)
        {
            return Escape(values[at[0]]);
        }
        var keys = new string[at.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = values[at[i]];
        }
        return Of(keys);
    }

    /// <summary>The values that <see cref="Of(ReadOnlySpan{string})"/> made the text of.</summary>
    /// <param name="count">How many.</param>
    public static string[] Values(string text, int count) => count == 0 ? [] : Array.ConvertAll(text.Split('-'), Uri.UnescapeDataString);

    private static string Escape(string value)
    {
        if (!value.AsSpan().ContainsAnyExcept(Plain))
        {
            return value;
        }
        var escaped = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            if (Plain.Contains((char)b))
            {
                escaped.Append((char)b);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }
        return escaped.ToString();
    }
}
