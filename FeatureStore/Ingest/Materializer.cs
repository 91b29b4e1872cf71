using System.Globalization;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes rows of this replica's log to a row view: those that were logged before the view, or its present layout, was defined. What is there already and newer stays.</summary>
/// <remarks>Not for aggregates: their tiles have every row since they, or their present layout, were defined, and adding one again would count it twice.</remarks>
internal sealed class Materializer(PushScript script, RedisCommands redis, IOptions<RedisOptions> online, IOptions<OfflineOptions> offline)
{
    /// <summary>Whether there is a log to read.</summary>
    public bool HasLog => offline.Value.Directory.Length > 0;

    /// <summary>Writes the rows with an event time in [<paramref name="start"/>, <paramref name="end"/>]. May be run again, and while rows are written; one segment of the log is in memory.</summary>
    /// <param name="start">Null = where the last run for this layout, from this log, ended, or the view's retention before the end.</param>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public async Task RunAsync(RegistrySnapshot snapshot, RowView view, DateTimeOffset? start, DateTimeOffset end, CancellationToken cancellation)
    {
        var mark = snapshot.Keys.Materialized(snapshot.Registry.IndexOf(view), online.Value.Layout, LogReader.IdOf(offline.Value.Directory));
        var from = start ?? await LastEndAsync(mark, cancellation) ?? end - view.Retention;
        foreach (var frame in LogReader.Frames(offline.Value.Directory))
        {
            if (snapshot.Targets.Find(frame.Source) is not { } target || !Array.Exists(target.Rows, writer => writer.View == view)) { continue; }
            var rows = frame.As(target);
            RowWriter[] writers = [.. rows.Target.Rows.Where(writer => writer.View == view)];
            var batch = new RowBatch(rows, writers, Enumerable.Range(0, rows.Count).Where(row => rows.EventTimes[row] >= from && rows.EventTimes[row] <= end));
            if (batch.Rows.Count > 0) { await Task.WhenAll(script.Pieces(new WriteBatch(snapshot.Keys, null, rows.Count) { Rows = [.. batch.Rows] }).Select(piece => script.RunAsync(piece, cancellation))); }
        }
        await redis.RunAsync(database => database.StringSetAsync(mark, RowLayout.Microseconds(end)), cancellation);
    }

    private async Task<DateTimeOffset?> LastEndAsync(string mark, CancellationToken cancellation)
    {
        var stored = await redis.RunAsync(database => database.StringGetAsync(mark), cancellation);
        return stored.IsNull ? null : DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(stored.ToString(), CultureInfo.InvariantCulture));
    }
}
