using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Logs;

/// <summary>Finds lines in the files of all services. There is no index: a line that cannot match is not parsed, which reads about a gigabyte a second.</summary>
internal sealed class LogSearch : IDisposable
{
    private const int MaxAnswerBytes = 16 << 20;

    private readonly LogsOptions options;
    private readonly SemaphoreSlim places;

    public LogSearch(IOptions<LogsOptions> options) => (this.options, places) = (options.Value, new SemaphoreSlim(options.Value.MaxQueries));

    /// <summary>The newest lines that match, in the order of time.</summary>
    /// <param name="limit">Lines; and at most 16 MiB of them.</param>
    /// <exception cref="ServiceError">Unimplemented: no folder of log files is configured. Overloaded: others are asking.</exception>
    public FoundLines Find(LogFilter filter, int limit, CancellationToken cancellationToken)
    {
        if (options.Directory.Length == 0)
        {
            throw new ServiceError(ErrorCode.Unimplemented, "Logs:Directory is not set: this service does not know where the log files are.");
        }

        if (!places.Wait(0, cancellationToken))
        {
            throw new ServiceError(ErrorCode.Overloaded, "Others are searching the log lines.");
        }

        try
        {
            return Scan(filter, limit, cancellationToken);
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();

    private FoundLines Scan(LogFilter filter, int limit, CancellationToken cancellationToken)
    {
        var newest = new PriorityQueue<byte[], (DateTimeOffset Time, long Order)>();
        var (matched, unreadable, scanned, kept) = (0L, 0L, 0L, 0L);
        var isComplete = true;
        foreach (var file in LogFiles.In(options.Directory, filter.From))
        {
            isComplete &= scanned < options.MaxScanBytes;
            try
            {
                scanned += LogFiles.Read(file.FullName, options.MaxScanBytes - scanned, Take, cancellationToken);
            }
            catch (Exception e) when (e is FileNotFoundException or InvalidDataException)
            {
                isComplete = false; // rotated or deleted meanwhile, or damaged
            }
        }

        return new FoundLines(InOrder(newest), matched, unreadable, isComplete);

        void Take(ReadOnlySpan<byte> line)
        {
            try
            {
                if (!filter.Matches(line, out var time))
                {
                    return;
                }

                newest.Enqueue(line.ToArray(), (time, matched++));
                kept += line.Length;
                while (newest.Count > limit || kept > MaxAnswerBytes)
                {
                    kept -= newest.Dequeue().Length;
                }
            }
            catch (JsonException)
            {
                unreadable++;
            }
        }
    }

    private static List<byte[]> InOrder(PriorityQueue<byte[], (DateTimeOffset, long)> newest)
    {
        var lines = new List<byte[]>(newest.Count);
        while (newest.TryDequeue(out var line, out _))
        {
            lines.Add(line);
        }

        return lines;
    }
}

/// <summary>What was found.</summary>
/// <param name="Lines">JSON objects, in the order of time.</param>
/// <param name="Matched">Lines that matched, with those beyond the limit.</param>
/// <param name="Unreadable">Lines that are none: a crash cut them off.</param>
/// <param name="IsComplete">False: older files were not looked at, or one could not be read.</param>
internal sealed record FoundLines(IReadOnlyList<byte[]> Lines, long Matched, long Unreadable, bool IsComplete);
