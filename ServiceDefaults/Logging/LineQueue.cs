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

    private static readonly TimeSpan ComplaintPeriod = TimeSpan.FromMinutes(1);

    private readonly BlockingCollection<Line> lines = new(Capacity);
    private readonly ILineTarget target;
    private readonly string sink;
    private readonly LogLineMetrics metrics;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private long? complainedAt; // of the writer alone

    public LineQueue(ILineTarget target, string sink, LogLineMetrics metrics, TimeProvider time)
    {
        (this.target, this.sink, this.metrics, this.time) = (target, sink, metrics, time);
        writer = new Thread(WriteAll) { IsBackground = true, Name = $"log lines: {sink}" };
        writer.Start();
    }

    private readonly record struct Line(byte[] Utf8, LogLevel Level);

    public void Add(byte[] line, LogLevel level)
    {
        if (!TryAdd(new Line(line, level)))
        {
            metrics.Dropped(sink, "queue_full");
        }
    }

    /// <summary>Waits, within <see cref="FarewellLimit"/>, for what is still to be written. Lines that come later are dropped.</summary>
    public void Dispose()
    {
        lines.CompleteAdding();
        writer.Join(FarewellLimit);
    }

    private bool TryAdd(Line line)
    {
        try
        {
            return lines.TryAdd(line);
        }
        catch (InvalidOperationException) // Dispose came in between
        {
            return false;
        }
    }

    private void WriteAll()
    {
        foreach (var line in lines.GetConsumingEnumerable())
        {
            if (!Try(() => target.Write(line.Utf8, line.Level)))
            {
                metrics.Dropped(sink, "write_failed");
            }

            if (lines.Count == 0)
            {
                Try(target.Flush);
            }
        }

        Try(target.Dispose);
    }

    private bool Try(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (Exception exception) // whatever a disk, a pipe or a terminal can do: said, and tried again with the next line
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
}
