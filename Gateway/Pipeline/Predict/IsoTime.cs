using System.Globalization;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>ISO 8601 times that say their UTC offset: <c>2001-03-01T08:00:00-05:00</c>, <c>2001-03-01T13:00Z</c>.</summary>
internal static class IsoTime
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>Whether <paramref name="text"/> is such a time; the offset is kept as given.</summary>
    public static bool TryParse(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text.EndsWith('Z') ? $"{text[..^1]}+00:00" : text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
