using System.Globalization;
using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>How a request spells moments.</summary>
internal sealed class WireTime
{
    private delegate bool Reader(JsonElement json, out DateTimeOffset time);

    private readonly Reader reader;

    private WireTime(Reader reader, string expected) => (this.reader, Expected) = (reader, expected);

    /// <summary>ISO 8601 with the UTC offset.</summary>
    public static WireTime WithOffset { get; } = new(TryReadWithOffset, EventTime.Expected);

    /// <summary>As Feast's clients send it: ISO 8601, also with a space for the T, and in UTC when it has no offset.</summary>
    public static WireTime Feast { get; } = new(TryReadFeast, "must be an ISO 8601 time of the years 1900 to 8999");

    /// <summary>What to say of a value that is none.</summary>
    public string Expected { get; }

    public bool TryRead(JsonElement json, out DateTimeOffset time) => reader(json, out time);

    /// <summary>The same for a text.</summary>
    public static bool TryParseFeast(string text, out DateTimeOffset time)
    {
        time = default;
        return text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time) && EventTime.IsTaken(time);
    }

    private static bool TryReadWithOffset(JsonElement json, out DateTimeOffset time) => EventTime.TryRead(json, out time) && EventTime.IsTaken(time);

    private static bool TryReadFeast(JsonElement json, out DateTimeOffset time)
    {
        time = default;
        return EntityValue.TextOf(json) is { } text && TryParseFeast(text, out time);
    }
}
