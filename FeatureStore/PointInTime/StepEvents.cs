using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Reads the events of one source in a step, row by row.</summary>
internal sealed class StepEvents(ReadOnlyMemory<byte> bytes)
{
    private EventHead next = HeadAt(bytes.Span, 0);
    private int at;

    /// <summary>The next event, when <paramref name="row"/> sees it.</summary>
    /// <param name="ticks">UTC.</param>
    /// <param name="encoded">From <see cref="LoggedEvents"/>.</param>
    public bool TryNext(int row, out long ticks, out ReadOnlySpan<byte> encoded)
    {
        ticks = next.Ticks;
        encoded = default;
        if (next.Row > row)
        {
            return false;
        }
        encoded = bytes.Span.Slice(at + Unsafe.SizeOf<EventHead>(), next.Length);
        at += Unsafe.SizeOf<EventHead>() + next.Length;
        next = HeadAt(bytes.Span, at);
        return true;
    }

    private static EventHead HeadAt(ReadOnlySpan<byte> bytes, int at) => at < bytes.Length ? MemoryMarshal.Read<EventHead>(bytes[at..]) : new EventHead(0, int.MaxValue, 0);
}
