using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Lines one behind the other in one piece of memory that is used again and again: to keep one costs a copy. Not thread-safe.</summary>
internal sealed class LineBuffer
{
    /// <summary>Of lines that wait.</summary>
    public const int MaxBytes = 32 << 20;

    private const int KeptBytes = 1 << 20; // of a burst, no more is kept for the next

    private readonly List<(int End, LogLevel Level)> lines = [];
    private byte[] bytes = new byte[1 << 16];

    public int Count => lines.Count;

    /// <summary>False when there is no room for it under <see cref="MaxBytes"/>.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line, LogLevel level)
    {
        var start = EndOf(lines.Count - 1);
        if (MaxBytes - start < line.Length)
        {
            return false;
        }

        if (bytes.Length - start < line.Length)
        {
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, start + line.Length));
        }

        line.CopyTo(bytes.AsSpan(start));
        lines.Add((start + line.Length, level));
        return true;
    }

    public ReadOnlySpan<byte> LineAt(int index, out LogLevel level)
    {
        level = lines[index].Level;
        return bytes.AsSpan(EndOf(index - 1)..EndOf(index));
    }

    public void Clear()
    {
        lines.Clear();
        if (bytes.Length > KeptBytes)
        {
            bytes = new byte[KeptBytes];
        }
    }

    private int EndOf(int index) => index < 0 ? 0 : lines[index].End;
}
