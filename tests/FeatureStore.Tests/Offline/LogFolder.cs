using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>A folder of a test's own for a feature log, deleted with it.</summary>
internal sealed class LogFolder : IDisposable
{
    private readonly RecordedLogs logs = new();

    public string Path { get; } = Directory.CreateTempSubdirectory("mlaspire-features-").FullName;
    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2001, 4, 1, 12, 0, 0, TimeSpan.Zero));
    public IEnumerable<string?> Events => logs.Events.Select(e => e.Event);
    public string[] Segments => [.. Directory.EnumerateFiles(Path, "*.log").Order(StringComparer.Ordinal)];

    public FeatureLog Open(int segmentBytes = 1 << 20, long maxBytes = 1 << 30, TimeSpan? retention = null)
    {
        var options = new OfflineOptions { Directory = Path, SegmentBytes = segmentBytes, MaxBytes = maxBytes, Retention = retention };
        return new FeatureLog(Options.Create(options), Time, LoggerFactory.Create(logging => logging.AddProvider(logs)).CreateLogger<FeatureLog>());
    }

    public static PushedRows Landings(int count, string? producer = null, long offset = 0, int delay = 20)
    {
        var source = new PushTargets(Flights.Registry, new RedisKeys(Flights.Registry)).Source("landings")!;
        var start = new DateTimeOffset(2001, 4, 1, 8, 0, 0, TimeSpan.FromHours(-5));
        return new PushedRows(source, [.. Enumerable.Range(0, count).Select(i => start.AddMinutes(i))],
            [.. Enumerable.Range(0, count).SelectMany(i => new FieldValue[] { "ATL", "LAX", delay + i })], producer is null ? null : new Offsets(producer, offset));
    }

    public static (byte[] Frame, int Rows) Frame(PushedRows rows) => (LogFrame.Encode(rows), rows.Count);

    /// <summary>Logs events as pushes of up to 97 rows a source, from one producer each.</summary>
    public void Log(IEnumerable<Flights.Event> events)
    {
        using var log = Open();
        foreach (var rows in Pushes(events))
        {
            log.Append([Frame(rows)]);
        }
    }

    /// <summary>Events as pushes of up to 97 rows a source, from one producer each.</summary>
    public static IEnumerable<PushedRows> Pushes(IEnumerable<Flights.Event> events) => events.GroupBy(e => e.Source).SelectMany(source => source.Chunk(97).Select((rows, i) => new PushedRows(
        new PushTargets(Flights.Registry, new RedisKeys(Flights.Registry)).Source(source.Key)!, [.. rows.Select(row => row.Time)], [.. rows.SelectMany(row => row.Row)], new Offsets(source.Key, 97 * i))));

    /// <summary>The rows of the log as (sequence, offset, delay), one text a row.</summary>
    public IReadOnlyList<string> Rows() =>
        [.. LogReader.Frames(Path).SelectMany(frame => Enumerable.Range(0, frame.Count).Select(i => $"{frame.Sequence + i} {frame.Offsets.First + i} {frame.Row(i)[2].Number}"))];

    public void Dispose()
    {
        logs.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}
