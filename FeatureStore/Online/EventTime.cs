using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.FeatureStore.Online;

/// <summary>Moments of events and questions, as <see cref="IsoTime"/> spells them.</summary>
internal static class EventTime
{
    public const string Expected = "must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00";

    /// <summary>Whether events may be of the moment, and requests ask for it: what windows, lags and retentions reach from there is in the calendar.</summary>
    public static bool IsTaken(DateTimeOffset time) => time.UtcDateTime.Year is >= 1900 and < 9000;

    /// <summary>Whether the text is a time with its offset, and one that is taken.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) => IsoTime.TryParse(text, out time) && IsTaken(time);

    /// <summary>Reads a JSON string; false when it is no time, or one without an offset.</summary>
    public static bool TryRead(JsonElement json, out DateTimeOffset time)
    {
        time = default;
        if (json.ValueKind != JsonValueKind.String)
        {
            return false;
        }
        var text = JsonMarshal.GetRawUtf8Value(json)[1..^1];
        // A JSON writer may spell '+' as \u002B.
        return text.Contains((byte)'\\') ? IsoTime.TryParse(EntityValue.TextOf(json), out time) : IsoTime.TryParse(text, out time);
    }
}
