using System.Numerics;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Time;

/// <summary>Times as text: ISO 8601 with the UTC offset, e.g. <c>2001-03-01T08:00:00-05:00</c> or <c>2001-03-01T13:00Z</c>. Seconds may be left out, and have up to 9 digits behind the point, of which 7 (100 ns) are kept.</summary>
public static class IsoTime
{
    public const string Expected = "must be an ISO 8601 time with its UTC offset, e.g. 2001-03-01T08:00:00-05:00";

    private const int MaxFractionDigits = 9;
    private const int TickDigits = 7;

    /// <summary>Whether the text is such a time, and one that exists; the offset is kept as given.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) => TryRead(text, out time);

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out DateTimeOffset)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out DateTimeOffset time) => TryRead(utf8, out time);

    /// <summary>The time of a parameter.</summary>
    /// <exception cref="ServiceError">InvalidArgument: names the <paramref name="field"/>, which is none.</exception>
    public static DateTimeOffset Parse(string text, string field) => TryParse(text, out var time) ? time : throw new ServiceError(ErrorCode.InvalidArgument, Expected, field);

    private static bool TryRead<T>(ReadOnlySpan<T> text, out DateTimeOffset time)
        where T : unmanaged, IBinaryInteger<T>
    {
        time = default;
        if (text.Length < 17 || !Is(text[4], '-') || !Is(text[7], '-') || !Is(text[10], 'T') || !Is(text[13], ':'))
        {
            return false;
        }
        var (year, month, day, hour, minute) = (Digits(text[..4]), Digits(text[5..7]), Digits(text[8..10]), Digits(text[11..13]), Digits(text[14..16]));
        var rest = text[16..];
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59
            || !TryReadSeconds(ref rest, out var seconds) || !TryReadOffset(rest, out var offset))
        {
            return false;
        }
        var local = new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Unspecified) + seconds;
        if (local.Ticks - offset.Ticks < 0 || local.Ticks - offset.Ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }
        time = new DateTimeOffset(local, offset);
        return true;
    }

    private static bool TryReadSeconds<T>(ref ReadOnlySpan<T> text, out TimeSpan seconds)
        where T : unmanaged, IBinaryInteger<T>
    {
        seconds = TimeSpan.Zero;
        if (!Is(text[0], ':'))
        {
            return true;
        }
        if (text.Length < 4 || Digits(text[1..3]) is not (>= 0 and <= 59 and var whole))
        {
            return false;
        }
        seconds = TimeSpan.FromSeconds(whole);
        text = text[3..];
        if (!Is(text[0], '.'))
        {
            return true;
        }
        var length = 1;
        long ticks = 0;
        for (; length < text.Length && Digits(text[length..(length + 1)]) is >= 0 and var digit; length++)
        {
            ticks = length <= TickDigits ? ticks * 10 + digit : ticks;
        }
        for (var i = length; i <= TickDigits; i++)
        {
            ticks *= 10;
        }
        seconds += TimeSpan.FromTicks(ticks);
        text = text[length..];
        return length is > 1 and <= MaxFractionDigits + 1;
    }

    private static bool TryReadOffset<T>(ReadOnlySpan<T> text, out TimeSpan offset)
        where T : unmanaged, IBinaryInteger<T>
    {
        offset = TimeSpan.Zero;
        if (text.Length == 1)
        {
            return Is(text[0], 'Z');
        }
        if (text.Length != 6 || !(Is(text[0], '+') || Is(text[0], '-')) || !Is(text[3], ':'))
        {
            return false;
        }
        var (hours, minutes) = (Digits(text[1..3]), Digits(text[4..]));
        if (hours < 0 || minutes is < 0 or > 59 || hours * 60 + minutes > 14 * 60)
        {
            return false;
        }
        offset = TimeSpan.FromMinutes((Is(text[0], '-') ? -1 : 1) * (hours * 60 + minutes));
        return true;
    }

    private static bool Is<T>(T character, char expected)
        where T : unmanaged, IBinaryInteger<T> => character == T.CreateTruncating(expected);

    /// <summary>The number of the digits; -1 when one is none.</summary>
    private static int Digits<T>(ReadOnlySpan<T> text)
        where T : unmanaged, IBinaryInteger<T>
    {
        var number = 0;
        foreach (var character in text)
        {
            var digit = int.CreateTruncating(character) - '0';
            if (digit is < 0 or > 9)
            {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
