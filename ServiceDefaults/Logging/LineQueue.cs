using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// Takes log lines from any thread without waiting and writes them from one thread of its own. When <see cref="Capacity"/> lines wait, or the target fails, lines are dropped and
/// counted (<c>telemetry.dropped</c>), and stderr says so once a minute: a slow or broken sink never slows or breaks a request.
/// </summary>
internal sealed class LineQueue : IDisposable
{
    /// <summary>In lines.</summary>
    public const int Capacity = 8192;

    /// <summary>How long the end of the process waits for lines that are still to be written.</summary>
    public static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a first line waits for others, so that they are written together.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan ComplaintPeriod = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<Line> lines = [];
    private readonly AutoResetEvent wake = new(false);
    private readonly ManualResetEvent ending = new(false);
    private readonly ILineTarget target;
    private readonly string sink;
    private readonly LogLineMetrics metrics;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private long? complainedAt; // of the writer alone
    private int waiting;
    private int isIdle;
    private volatile bool isEnding;

    public LineQueue(ILineTarget target, string sink, LogLineMetrics metrics, TimeProvider time)
    {
        (this.target, this.sink, this.metrics, this.time) = (target, sink, metrics, time);
        writer = new Thread(WriteAll) { IsBackground = true, Name = $"log lines: {sink}" };
        writer.Start();
    }

    private readonly record struct Line(byte[] Rented, int Length, LogLevel Level);

    /// <param name="line">Copied.</param>
    public void Add(ReadOnlySpan<byte> line, LogLevel level)
    {
        if (isEnding || Interlocked.Increment(ref waiting) > Capacity)
        {
            Interlocked.Decrement(ref waiting);
            metrics.Dropped(sink, "queue_full");
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(rented);
        lines.Enqueue(new Line(rented, line.Length, level));
        Interlocked.MemoryBarrier(); // either the writer sees the line, or this thread sees that it is idle
        if (Volatile.Read(ref isIdle) == 1 && Interlocked.Exchange(ref isIdle, 0) == 1)
        {
            wake.Set();
        }
    }

    /// <summary>Waits, within <see cref="FarewellLimit"/>, for what is still to be written. Lines that come later are dropped.</summary>
    public void Dispose()
    {
        isEnding = true;
        ending.Set();
        wake.Set();
        writer.Join(FarewellLimit);
    }

    private void WriteAll()
    {
        while (!isEnding)
        {
            Interlocked.Exchange(ref isIdle, 1);
            if (lines.IsEmpty)
            {
                wake.WaitOne();
            }

            // Lines that come while one is awaited need not wake this thread, and are written together.
            ending.WaitOne(GatherTime);
            WriteWaiting();
        }

        WriteWaiting();
        Try(static target => target.Dispose());
    }

    private void WriteWaiting()
    {
        while (lines.TryDequeue(out var line))
        {
            Interlocked.Decrement(ref waiting);
            Write(line);
            ArrayPool<byte>.Shared.Return(line.Rented);
        }

        Try(static target => target.Flush());
    }

    private void Write(Line line)
    {
        try
        {
            target.Write(line.Rented.AsSpan(0, line.Length), line.Level);
        }
        catch (Exception exception) // whatever a disk, a pipe or a terminal can do: said, and tried again with the next line
        {
            metrics.Dropped(sink, "write_failed");
            Complain(exception);
        }
    }

    private void Try(Action<ILineTarget> act)
    {
        try
        {
            act(target);
        }
        catch (Exception exception) // as above
        {
            Complain(exception);
        }
    }

    private void Complain(Exception exception)
    {
        if (complainedAt is { } last && time.GetElapsedTime(last) < ComplaintPeriod)
        {
            return;
        }

        complainedAt = time.GetTimestamp();
        Console.Error.WriteLine($"Log lines for the sink '{sink}' are being lost: {exception.GetType().Name}: {exception.Message}");
    }
}
