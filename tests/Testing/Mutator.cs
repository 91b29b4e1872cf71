using System.Buffers.Binary;
using System.Text;

namespace MlAspire.Testing;

/// <summary>Changes bytes at random; the same <paramref name="random"/> gives the same changes.</summary>
/// <param name="words">Of the interface: what its parsers may stumble over.</param>
public sealed class Mutator(Random random, IEnumerable<string> words)
{
    private const int MaxBytes = 64 * 1024;

    // What parsers of JSON, numbers and lengths are known to stumble over.
    private static readonly byte[][] Common =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "[", "]", "{", "}", "\"", "\\", "\\u0000", "\\ud800", ",", ":", "-", "-1", "0", "1.5", "1e999", "-0", "2147483648", "4294967296", "9223372036854775807",
            "9223372036854775808", "18446744073709551616", "NaN", "-Infinity", "\"NaN\"", "[[[[[[[[", "\r\n", "//", "\uFEFF",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    ];

    private readonly byte[][] tokens = [.. Common, .. words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>One to four changes.</summary>
    public byte[] Mutate(byte[] original)
    {
        var bytes = original;
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            bytes = Change(bytes);
        }

        return bytes.Length <= MaxBytes ? bytes : bytes[..MaxBytes];
    }

    public T Pick<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    public bool Chance(int percent) => random.Next(100) < percent;

    private byte[] Change(byte[] bytes)
    {
        var at = random.Next(bytes.Length + 1);
        var length = Math.Min(random.Next(1, 9), bytes.Length - at);
        return random.Next(8) switch
        {
            0 => Set(bytes, at, value => (byte)(value ^ (1 << random.Next(8)))),
            1 => Set(bytes, at, _ => (byte)random.Next(256)),
            2 => [.. bytes[..at], .. bytes[(at + length)..]],
            3 => [.. bytes[..at], .. Pick(tokens), .. bytes[at..]],
            4 => [.. bytes[..at], .. Pick(tokens), .. bytes[(at + length)..]],
            5 => [.. bytes[..(at + length)], .. bytes[at..]],
            6 => bytes[..at],
            _ => Number(bytes, at),
        };
    }

    private static byte[] Set(byte[] bytes, int at, Func<byte, byte> change)
    {
        byte[] changed = [.. bytes];
        if (at < changed.Length)
        {
            changed[at] = change(changed[at]);
        }

        return changed;
    }

    /// <summary>The next number written in digits becomes another one; where there is none, four bytes become an extreme integer.</summary>
    private byte[] Number(byte[] bytes, int at)
    {
        var start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start >= 0)
        {
            start += at;
            var digits = bytes.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            return [.. bytes[..start], .. Encoding.ASCII.GetBytes($"{Pick<long>([0, 1, -1, 2, 17, 255, 65536, int.MaxValue, 1L << 32, 1L << 62, long.MaxValue, long.MinValue])}"), .. digits < 0 ? [] : bytes[(start + digits)..]];
        }

        byte[] changed = [.. bytes];
        if (changed.Length >= sizeof(int))
        {
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(Math.Min(at, changed.Length - sizeof(int))), Pick<int>([0, 1, -1, int.MaxValue, int.MinValue, 1 << 28]));
        }

        return changed;
    }
}
