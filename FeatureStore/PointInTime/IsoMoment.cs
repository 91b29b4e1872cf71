using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Moments as text: ISO 8601 with the UTC offset, e.g. <c>2001-03-01T08:00:00-05:00</c>, seconds with up to 7 digits behind the point.</summary>
internal static class IsoMoment
{
    /// <summary>Reads the text; false when it is anything else, no moment that exists, or one that is not taken (<see cref="EventTime.IsTaken"/>).</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out DateTimeOffset moment)
    {
        moment = default;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') { return false; }
        var (year, month, day) = (Digits(text[..4]), Digits(text[5..7]), Digits(text[8..10]));
        var (hour, minute, second) = (Digits(text[11..13]), Digits(text[14..16]), Digits(text[17..19]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59) { return false; }
        var rest = text[19..];
        if (!TryReadFraction(ref rest, out var ticks) || !TryReadOffset(rest, out var offset)) { return false; }
        var local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified).Ticks + ticks;
        if (local - offset.Ticks < 0 || local - offset.Ticks > DateTime.MaxValue.Ticks) { return false; }
        moment = new DateTimeOffset(local, offset);
        return EventTime.IsTaken(moment);
    }

    private static bool TryReadFraction(ref ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        if (text[0] != '.') { return true; }
        var length = 1;
        while (length < text.Length && char.IsAsciiDigit(text[length])) { length++; }
        if (length is 1 or > 8) { return false; }
        ticks = Digits(text[1..length]);
        for (var i = length; i < 8; i++) { ticks *= 10; }
        text = text[length..];
        return true;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is "Z") { return true; }
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':') { return false; }
        var (hours, minutes) = (Digits(text[1..3]), Digits(text[4..]));
        if (hours < 0 || minutes is < 0 or > 59 || hours * 60 + minutes > 14 * 60) { return false; }
        offset = TimeSpan.FromMinutes((text[0] == '-' ? -1 : 1) * (hours * 60 + minutes));
        return true;
    }

    /// <summary>The number of the digits; -1 when one is none.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) { return -1; }
            number = number * 10 + (c - '0');
        }
        return number;
    }
}
