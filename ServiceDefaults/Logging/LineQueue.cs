using System.Buffers;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// Takes log lines from any thread without waiting and writes them from one thread of its own. When <see cref="Capacity"/> lines wait, or <see cref="LineBuffer.MaxBytes"/> beside as many that are being written, or the target fails, lines are dropped and
/// counted, and stderr says so once a minute: a slow or broken sink never slows or breaks a request. <c>produced = exported + sampled + dropped + in flight</c>.
/// </summary>
internal sealed class LineQueue : IDisposable
{
    /// <summary>In lines.</summary>
    public const int Capacity = 8192;

    /// <summary>How long the end of the process waits for lines that are still to be written.</summary>
    public static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a first line waits for others, so that they are written together. While lines come more often than that none of them wakes the writer, which would cost the request that writes it.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan ComplaintPeriod = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new(); // guards filling, and the lines in it
    private readonly AutoResetEvent wake = new(false);
    private readonly ManualResetEvent ending = new(false);
    private readonly ILineTarget target;
    private readonly string sink;
    private readonly SinkFlow flow;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private LineBuffer filling = new();
    private LineBuffer writing = new(); // of the writer alone
    private long? complainedAt; // of the writer alone
    private int waiting;
    private int taken; // by the writer, not yet written
    private int isIdle;
    private volatile bool isEnding;

    public LineQueue(ILineTarget target, string sink, TelemetryFlow flows, TimeProvider time)
    {
        (this.target, this.sink, flow, this.time) = (target, sink, flows.Of(TelemetryFlow.Logs, sink), time);
        flow.Waits(() => Volatile.Read(ref waiting) + Volatile.Read(ref taken));
        writer = new Thread(WriteAll) { IsBackground = true, Name = $"log lines: {sink}" };
        writer.Start();
    }

    /// <param name="line">Copied.</param>
    public void Add(ReadOnlySpan<byte> line, LogLevel level)
    {
        flow.Produced();
        Enqueue(line, level);
    }

    /// <summary>Counts a line that could not be made of its event.</summary>
    public void AddUnmade()
    {
        flow.Produced();
        flow.Dropped("format_failed");
    }

    /// <summary>The line as an item that waits for the verdict on its trace, and only then for the writer.</summary>
    /// <param name="line">Copied.</param>
    public Held Hold(ReadOnlySpan<byte> line, LogLevel level)
    {
        flow.Produced();
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(rented);
        return new HeldLine(this, rented, line.Length, level);
    }

    private void Enqueue(ReadOnlySpan<byte> line, LogLevel level)
    {
        if (Interlocked.Increment(ref waiting) > Capacity || isEnding || !TryFill(line, level))
        {
            Interlocked.Decrement(ref waiting);
            flow.Dropped("queue_full");
            return;
        }

        Interlocked.MemoryBarrier(); // either the writer sees the line, or this thread sees that it is idle
        if (Volatile.Read(ref isIdle) == 1 && Interlocked.Exchange(ref isIdle, 0) == 1)
        {
            wake.Set();
        }
    }

    private bool TryFill(ReadOnlySpan<byte> line, LogLevel level)
    {
        lock (gate)
        {
            return filling.TryAdd(line, level);
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
            if (Volatile.Read(ref waiting) == 0) // none came while the last were gathered
            {
                WaitForLine();
            }

            ending.WaitOne(GatherTime);
            WriteWaiting();
        }

        WriteWaiting();
        Try(static target => target.Dispose());
    }

    private void WaitForLine()
    {
        Interlocked.Exchange(ref isIdle, 1);
        if (Volatile.Read(ref waiting) == 0)
        {
            wake.WaitOne();
        }

        Volatile.Write(ref isIdle, 0);
    }

    private void WriteWaiting()
    {
        lock (gate)
        {
            (filling, writing) = (writing, filling);
        }

        Volatile.Write(ref taken, writing.Count);
        Interlocked.Add(ref waiting, -writing.Count);
        var (lines, bytes) = (0, 0L); // that wait in the target
        for (var index = 0; index < writing.Count; index++)
        {
            var line = writing.LineAt(index, out var level);
            if (Waits(line, level))
            {
                (lines, bytes) = (lines + 1, bytes + line.Length);
            }
        }

        writing.Clear();
        if (Try(static target => target.Flush()))
        {
            flow.Exported(lines, bytes);
        }
        else
        {
            flow.Dropped("write_failed", lines);
        }

        Volatile.Write(ref taken, 0);
    }

    /// <returns>Whether the line waits in the target; else its end is counted.</returns>
    private bool Waits(ReadOnlySpan<byte> line, LogLevel level)
    {
        try
        {
            if (!target.Write(line, level))
            {
                return true;
            }

            flow.Exported(1, line.Length);
        }
        catch (Exception exception) // whatever a disk, a pipe or a terminal can do: said, and tried again with the next line
        {
            flow.Dropped("write_failed");
            Complain(exception);
        }

        return false;
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
        try
        {
            Console.Error.WriteLine($"Log lines for the sink '{sink}' are being lost: {exception.GetType().Name}: {exception.Message}");
        }
        catch (Exception) // stderr too is on the disk that is full: the counts alone tell it, and the process does not end of it
        {
        }
    }

    private sealed class HeldLine(LineQueue queue, byte[] rented, int length, LogLevel level) : Held(queue.flow)
    {
        public override void Release()
        {
            queue.Enqueue(rented.AsSpan(0, length), level);
            ArrayPool<byte>.Shared.Return(rented);
        }

        public override void Discard(bool sampled)
        {
            base.Discard(sampled);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
