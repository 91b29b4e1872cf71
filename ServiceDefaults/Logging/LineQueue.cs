using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// Takes log lines from any thread without waiting and writes them from one thread of its own. When <see cref="Capacity"/> lines wait, or the target fails, lines are dropped and
/// counted, and stderr says so once a minute: a slow or broken sink never slows or breaks a request. <c>produced = exported + sampled + dropped + in flight</c>.
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
    private readonly TelemetryFlow flow;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private long? complainedAt; // of the writer alone
    private int waiting;
    private int held; // by requests without a verdict
    private int unflushed; // written by the writer, still in the target's buffer
    private int isIdle;
    private volatile bool isEnding;

    public LineQueue(ILineTarget target, string sink, TelemetryFlow flow, TimeProvider time)
    {
        (this.target, this.sink, this.flow, this.time) = (target, sink, flow, time);
        flow.ObserveInFlight(TelemetryFlow.Logs, sink, () => Volatile.Read(ref waiting) + Volatile.Read(ref held) + Volatile.Read(ref unflushed));
        writer = new Thread(WriteAll) { IsBackground = true, Name = $"log lines: {sink}" };
        writer.Start();
    }

    private readonly record struct Line(byte[] Rented, int Length, LogLevel Level);

    /// <param name="line">Copied.</param>
    public void Add(ReadOnlySpan<byte> line, LogLevel level) => Enqueue(Copy(line, level));

    /// <summary>The line as an item that waits for the verdict on its trace, and only then for the writer.</summary>
    /// <param name="line">Copied.</param>
    public IHeld Hold(ReadOnlySpan<byte> line, LogLevel level)
    {
        Interlocked.Increment(ref held);
        return new HeldLine(this, Copy(line, level));
    }

    private Line Copy(ReadOnlySpan<byte> line, LogLevel level)
    {
        flow.Produced(TelemetryFlow.Logs, sink);
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(rented);
        return new Line(rented, line.Length, level);
    }

    private void Enqueue(Line line)
    {
        if (Interlocked.Increment(ref waiting) > Capacity || isEnding)
        {
            Interlocked.Decrement(ref waiting);
            ArrayPool<byte>.Shared.Return(line.Rented);
            flow.Dropped(TelemetryFlow.Logs, sink, "queue_full", 1);
            return;
        }

        lines.Enqueue(line);
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
        var written = 0;
        while (lines.TryDequeue(out var line))
        {
            Interlocked.Increment(ref unflushed);
            Interlocked.Decrement(ref waiting);
            written += Write(line) ? 1 : 0;
            ArrayPool<byte>.Shared.Return(line.Rented);
        }

        if (Try(static target => target.Flush()))
        {
            flow.Exported(TelemetryFlow.Logs, sink, written);
        }
        else
        {
            flow.Dropped(TelemetryFlow.Logs, sink, "write_failed", written);
        }

        Interlocked.Add(ref unflushed, -written);
    }

    private bool Write(Line line)
    {
        try
        {
            target.Write(line.Rented.AsSpan(0, line.Length), line.Level);
            return true;
        }
        catch (Exception exception) // whatever a disk, a pipe or a terminal can do: said, and tried again with the next line
        {
            flow.Dropped(TelemetryFlow.Logs, sink, "write_failed", 1);
            Interlocked.Decrement(ref unflushed);
            Complain(exception);
            return false;
        }
    }

    private bool Try(Action<ILineTarget> act)
    {
        try
        {
            act(target);
            return true;
        }
        catch (Exception exception) // as above
        {
            Complain(exception);
            return false;
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

    private sealed class HeldLine(LineQueue queue, Line line) : IHeld
    {
        public void Release()
        {
            queue.Enqueue(line);
            Interlocked.Decrement(ref queue.held);
        }

        public void Discard(bool sampled)
        {
            ArrayPool<byte>.Shared.Return(line.Rented);
            if (sampled)
            {
                queue.flow.Sampled(TelemetryFlow.Logs, queue.sink);
            }
            else
            {
                queue.flow.Dropped(TelemetryFlow.Logs, queue.sink, "ring_full", 1);
            }

            Interlocked.Decrement(ref queue.held);
        }
    }
}
