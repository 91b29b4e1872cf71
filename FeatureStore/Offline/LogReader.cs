using System.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Reads logs without owning them, also while they are written. One segment of each log is in memory.</summary>
internal static class LogReader
{
    /// <summary>Begins the name of each log as a producer.</summary>
    public const string ProducerPrefix = "log.";

    private const string IdFile = "log.id";

    /// <summary>Every applied row once: frames by the time they were appended, each with the positions of rows that no frame before it had, in one range or more.</summary>
    /// <remarks>The rule is that of the online store's script (<see cref="CountedRows"/>, <see cref="CountedEvents"/>), so that logs of several replicas, whose clocks may differ, give what the store holds.</remarks>
    /// <exception cref="IOException">A folder cannot be read, or is not a log.</exception>
    /// <exception cref="InvalidDataException">A segment is damaged.</exception>
    public static IEnumerable<AppliedRows> Applied(IReadOnlyList<string> directories)
    {
        var (counted, events) = (new CountedRows(), new CountedEvents());
        return Merged(directories).Select(rows => new AppliedRows(rows, events.Count(rows, counted.Count(rows)))).Where(applied => applied.New.Count > 0);
    }

    /// <summary>The frames of one log from <paramref name="sequence"/> on, as they were appended.</summary>
    public static IEnumerable<LoggedRows> Frames(string directory, long sequence = 0)
    {
        var id = IdOf(directory);
        var segments = LogSegment.Of(directory);
        for (var i = Math.Max(0, segments.FindLastIndex(segment => segment.First <= sequence)); i < segments.Count; i++)
        {
            var bytes = ReadShared(segments[i].Path);
            var (frames, end) = segments[i].Scan(bytes);
            if (end != bytes.Length && i < segments.Count - 1)
            {
                throw new InvalidDataException($"{segments[i].Path} is damaged at byte {end}.");
            }
            foreach (var (start, length) in frames)
            {
                var rows = LogFrame.Decode(bytes, start, length, id);
                if (rows.Sequence >= sequence)
                {
                    yield return rows;
                }
            }
        }
    }

    /// <summary>The log as a producer: <c>log.1f0a9c3b52d7</c>; made when the folder has none and <paramref name="make"/> is given.</summary>
    /// <exception cref="IOException">It has none, or an empty one.</exception>
    public static string IdOf(string directory, Func<string>? make = null)
    {
        var path = Path.Combine(directory, IdFile);
        if (!File.Exists(path))
        {
            if (make is null)
            {
                throw new IOException($"{directory} is not a feature log: it has no {IdFile}.");
            }
            WholeFile.Write(path, Encoding.ASCII.GetBytes(make()));
        }
        return File.ReadAllText(path).Trim() is { Length: > 0 } id ? $"{ProducerPrefix}{id}" : throw new IOException($"{path} is empty: it has lost the log's name, which Redis knows its rows by.");
    }

    private static IEnumerable<LoggedRows> Merged(IReadOnlyList<string> directories)
    {
        var logs = directories.Select(directory => Frames(directory).GetEnumerator()).ToList();
        try
        {
            var queue = new PriorityQueue<IEnumerator<LoggedRows>, (DateTimeOffset AppendedAt, int Log)>();
            for (var i = 0; i < logs.Count; i++)
            {
                Take(i);
            }
            while (queue.TryDequeue(out var log, out var place))
            {
                yield return log.Current;
                Take(place.Log);
            }

            void Take(int i)
            {
                if (logs[i].MoveNext())
                {
                    queue.Enqueue(logs[i], (logs[i].Current.AppendedAt, i));
                }
            }
        }
        finally
        {
            logs.ForEach(log => log.Dispose());
        }
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
