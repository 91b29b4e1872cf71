using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>Moments on the wire: ISO 8601 with the UTC offset, e.g. <c>2001-03-01T08:00:00-05:00</c> or <c>2001-03-01T13:00:00Z</c>.</summary>
internal static class EventTime
{
    public const string Expected = "must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00";

    /// <summary>Whether events may be of the moment, and requests ask for it: what windows, lags and retentions reach from there is in the calendar.</summary>
    public static bool IsTaken(DateTimeOffset time) => time.UtcDateTime.Year is >= 1900 and < 9000;

    /// <summary>Reads a JSON string; false when it is no time, or one without an offset.</summary>
    public static bool TryRead(JsonElement json, out DateTimeOffset time)
    {
        time = default;
        if (json.ValueKind != JsonValueKind.String) { return false; }
        var text = JsonMarshal.GetRawUtf8Value(json)[1..^1];
        if (text.Contains((byte)'\\'))
        {
            // A JSON writer may spell '+' as \u002B.
            if (EntityValue.TextOf(json) is not { } unescaped) { return false; }
            text = Encoding.UTF8.GetBytes(unescaped);
        }
        return json.TryGetDateTimeOffset(out time) && HasOffset(text);
    }

    /// <summary>Reads the JSON string at which the reader is, and which is a text; false when it is no time, one that is not taken, or one without an offset.</summary>
    public static bool TryRead(ref Utf8JsonReader json, out DateTimeOffset time)
    {
        if (!json.TryGetDateTimeOffset(out time) || !IsTaken(time)) { return false; }
        Span<byte> text = stackalloc byte[64]; // a time is shorter
        return HasOffset(text[..json.CopyString(text)]);
    }

    private static bool HasOffset(ReadOnlySpan<byte> text) => text.EndsWith("Z"u8) || (text.Length > 6 && text[^6] is (byte)'+' or (byte)'-' && text[^3] == (byte)':');
}
