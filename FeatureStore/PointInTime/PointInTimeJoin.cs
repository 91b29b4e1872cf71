using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store would have answered at each moment of a spine: events and rows are walked through in the order of time, and a row sees what happened strictly before its moment.</summary>
/// <remarks>In memory are the tiles of the views' retention and the newest row of each entity, as in Redis, and <see cref="SortBytes"/> of each of three sorts, whatever the sizes of spine and log. Used once, by one thread.</remarks>
internal sealed class PointInTimeJoin : IDisposable
{
    public const int SortBytes = 128 * 1024 * 1024;

    private readonly LoggedEvents[] sources;
    private readonly PushTarget[] targets;
    private readonly JoinState state;
    private readonly SpineRows rows;
    private readonly JoinedRows joinedRows;
    private readonly ExternalSort spine;
    private readonly ExternalSort events;
    private readonly ExternalSort joined;
    private readonly TimeSpan reach;
    private int today;
    private (long First, long Last) moments = (long.MaxValue, long.MinValue);

    /// <param name="folder">For temporary files.</param>
    /// <param name="sortBytes">In memory, of each sort.</param>
    /// <exception cref="FormatException">A feature of the service is no number.</exception>
    public PointInTimeJoin(FeatureRegistry registry, ServiceAggregation service, string folder, int sortBytes = SortBytes)
    {
        foreach (var (name, type) in service.FeatureNames.Zip(service.FeatureTypes)) { RequireNumber(name, type); }
        state = new JoinState(registry);
        targets = [.. new PushTargets(registry, new RedisKeys(registry)).All];
        sources = [.. targets.Select((target, index) => new LoggedEvents(index, target, state))];
        rows = new SpineRows(service, state);
        joinedRows = new JoinedRows(service.FeatureNames.Length);
        (spine, events, joined) = (new(sortBytes, folder), new(sortBytes, folder), new(sortBytes, folder));
        reach = registry.Views.Max(view => view.Retention) + TimeSpan.FromDays(1);
    }

    public long Rows => spine.Count;

    public long Events => events.Count;

    /// <summary>Adds a row of the spine; all of them before the first event.</summary>
    public void Add(in SpineRow row)
    {
        var ticks = row.Moment.UtcTicks;
        moments = (Math.Min(moments.First, ticks), Math.Max(moments.Last, ticks));
        spine.Add(ticks, row.Index, rows.Encode(row));
    }

    /// <summary>Adds logged rows; those that no row of the spine can see are left out.</summary>
    /// <exception cref="InvalidDataException">They do not have the fields that their source is defined with now.</exception>
    public void Add(LoggedRows logged, int firstRow)
    {
        var index = Array.FindIndex(targets, known => known.Source.Name == logged.Source);
        if (index < 0) { return; } // a source that was removed: no view reads it
        var pushed = logged.As(targets[index]) ?? throw new InvalidDataException($"The logged rows from sequence {logged.Sequence} on do not have the fields of the source '{logged.Source}'.");
        for (var row = firstRow; row < pushed.Count; row++)
        {
            var ticks = logged.EventTimes[row];
            if (ticks < moments.Last && ticks >= moments.First - reach.Ticks) { events.Add(ticks, logged.Sequence + row, sources[index].Encode(pushed.EventTimes[row], pushed.Row(row))); }
        }
    }

    /// <summary>The rows with their features, in the order of the spine.</summary>
    /// <param name="onRow">Told after each row that was computed; may be null.</param>
    public IEnumerable<JoinedRow> Join(Action<long>? onRow = null)
    {
        if (spine.WasSorted) { return Sweep(onRow); }
        foreach (var row in Sweep(onRow)) { joined.Add(row.Index, 0, joinedRows.Encode(row)); }
        return joined.Sorted().Select(row => joinedRows.Decode(row));
    }

    public void Dispose()
    {
        spine.Dispose();
        events.Dispose();
        joined.Dispose();
    }

    private IEnumerable<JoinedRow> Sweep(Action<long>? onRow)
    {
        using var happening = events.Sorted().GetEnumerator();
        var (more, count) = (happening.MoveNext(), 0L);
        foreach (var row in spine.Sorted())
        {
            for (; more && happening.Current.First < row.First; more = happening.MoveNext()) { Apply(happening.Current); }
            onRow?.Invoke(++count);
            yield return rows.Join(row);
        }
    }

    private void Apply(in SortedRecord happened)
    {
        var day = (int)((happened.First - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerDay);
        if (day != today) { state.Forget(today = day); }
        var encoded = happened.Bytes.Span;
        sources[LoggedEvents.IndexOf(encoded)].Apply(encoded);
    }

    private static void RequireNumber(string name, FieldType type)
    {
        if (type is not (FieldType.Int32 or FieldType.Int64 or FieldType.Float or FieldType.Double or FieldType.Bool or FieldType.UnixTimestamp))
        {
            throw new FormatException($"The feature '{name}' is a {FieldTypes.Name(type)}, and a join holds numbers alone.");
        }
    }
}
