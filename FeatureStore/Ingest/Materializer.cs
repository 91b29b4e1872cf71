using System.Globalization;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes rows of this replica's log to a view: those that were logged before the view, or its present layout, was defined.</summary>
/// <remarks>Of aggregates only to one that counts offsets by itself (<see cref="AggregateView.OwnOffsets"/>): to the tiles of another a row would be added again.</remarks>
internal sealed partial class Materializer(PushScript script, PushApplier applier, RedisCommands redis, IOptions<RedisOptions> online, IOptions<OfflineOptions> offline, TimeProvider time, ILogger<Materializer> log)
{
    /// <summary>Whether there is a log to read.</summary>
    public bool HasLog => offline.Value.Directory.Length > 0;

    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    /// <summary>Writes the rows that count with an event time in [<paramref name="start"/>, <paramref name="end"/>]. May be run again, and while rows are written; one segment of the log is in memory. What is there already and newer stays.</summary>
    /// <param name="start">Null = where the last run for this layout, from this log, ended, or the view's retention before the end.</param>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public async Task RunAsync(RegistrySnapshot snapshot, RowView view, DateTimeOffset? start, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var mark = snapshot.Keys.Materialized(snapshot.Registry.IndexOf(view), online.Value.Layout, LogReader.IdOf(offline.Value.Directory));
        var from = start ?? await LastEndAsync(mark, cancellationToken) ?? end - view.Retention;
        foreach (var applied in LogReader.Applied([offline.Value.Directory]))
        {
            if (snapshot.Targets.Find(applied.Rows.Source) is not { } target || !Array.Exists(target.Rows, writer => writer.View == view))
            {
                continue;
            }
            var rows = applied.Rows.As(target);
            RowWriter[] writers = [.. rows.Target.Rows.Where(writer => writer.View == view)];
            var batch = new RowBatch(rows, writers, applied.Positions.Where(row => rows.EventTimes[row] >= from && rows.EventTimes[row] <= end));
            if (batch.Rows.Count > 0)
            {
                await Task.WhenAll(script.Pieces(new WriteBatch(snapshot.Keys, null, rows.Count) { Rows = [.. batch.Rows] }).Select(piece => script.RunAsync(piece, cancellationToken)));
            }
        }
        await redis.RunAsync(database => database.StringSetAsync(mark, RowLayout.Microseconds(end)), cancellationToken);
    }

    /// <summary>Adds all rows to an aggregate that it does not have, of what Redis still knows the producers of. May be run again, also after it was ended, and while rows are pushed: its own count of offsets tells what it has.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public async Task FillAsync(RegistrySnapshot snapshot, AggregateView view, CancellationToken cancellationToken)
    {
        var (added, said) = (0L, time.GetTimestamp());
        foreach (var frame in LogReader.Frames(offline.Value.Directory))
        {
            if (frame.Source != view.Source.Name || time.GetUtcNow() - frame.AppendedAt > LoggedIngest.OnlineRetention)
            {
                continue;
            }
            var rows = frame.As(snapshot.Targets.Find(frame.Source)!).Kept(time.GetUtcNow() - frame.AppendedAt);
            if (rows.Target.Parts.FirstOrDefault(part => Array.Exists(part.Aggregation.Views, known => known.View == view)) is not { } part) // it needs a field that they lack, or keeps nothing so old
            {
                continue;
            }
            var applied = await applier.WriteAsync(rows with { Target = part }, false, cancellationToken);
            added += rows.ChangingCount - applied.Skipped - applied.Repeated;
            if (time.GetElapsedTime(said) < SayEvery)
            {
                continue;
            }
            said = time.GetTimestamp();
            LogFilled(view.Name, added, frame.Sequence + frame.Count);
        }
        LogFilled(view.Name, added, -1);
    }

    private async Task<DateTimeOffset?> LastEndAsync(string mark, CancellationToken cancellationToken)
    {
        var stored = await redis.RunAsync(database => database.StringGetAsync(mark), cancellationToken);
        return stored.IsNull ? null : DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(stored.ToString(), CultureInfo.InvariantCulture));
    }

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureViewFilled, Level = LogLevel.Information, Message = "The feature view {FeatureView} got {Rows} rows that it lacked from the log, which is read up to sequence {Sequence} (-1: to its end).")]
    private partial void LogFilled(string featureView, long rows, long sequence);
}
