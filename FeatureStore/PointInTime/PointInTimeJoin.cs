using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store would have answered at each moment of a spine: events and rows are walked through in the order of time, and a row sees what happened strictly before its moment.</summary>
/// <remarks>In memory are the tiles of the views' retention and the newest row of each entity, as in Redis, and <see cref="RecordsInMemory"/> records of each sort, whatever the sizes of spine and log. Used once, by one thread.</remarks>
internal sealed class PointInTimeJoin : IDisposable
{
    public const int RecordsInMemory = 250_000;

    private readonly FeatureRegistry registry;
    private readonly ServiceAggregation service;
    private readonly PushTarget[] targets;
    private readonly SpineOrder spineOrder;
    private readonly ExternalSort<SpineRow> spine;
    private readonly ExternalSort<LoggedEvent> events;
    private readonly ExternalSort<JoinedRow> joined;
    private readonly TimeSpan reach;
    private readonly int[] retentionDays;
    private (long First, long Last) moments = (long.MaxValue, long.MinValue);

    /// <param name="folder">For temporary files.</param>
    /// <param name="recordsInMemory">Of each sort.</param>
    /// <exception cref="FormatException">A feature of the service is no number.</exception>
    public PointInTimeJoin(FeatureRegistry registry, ServiceAggregation service, string folder, int recordsInMemory = RecordsInMemory)
    {
        (this.registry, this.service) = (registry, service);
        foreach (var (name, type) in service.FeatureNames.Zip(service.FeatureTypes)) { RowValues.Require(name, type); }
        targets = [.. new PushTargets(registry).All];
        spineOrder = new SpineOrder(service.EntityColumns.Length);
        var eventOrder = new LoggedEventOrder(targets);
        var joinedOrder = new JoinedOrder(spineOrder, service.FeatureNames.Length);
        spine = new(spineOrder, spineOrder, recordsInMemory, folder);
        events = new(eventOrder, eventOrder, recordsInMemory, folder);
        joined = new(joinedOrder, joinedOrder, recordsInMemory, folder);
        reach = registry.Views.Max(view => view.Retention) + TimeSpan.FromDays(1);
        retentionDays = [.. registry.Views.Select(view => (int)Math.Ceiling(view.Retention.TotalDays))];
    }

    public long Rows => spine.Count;

    public long Events => events.Count;

    /// <summary>Adds a row of the spine; all of them before the first event.</summary>
    public void Add(in SpineRow row)
    {
        moments = (Math.Min(moments.First, row.Moment.UtcTicks), Math.Max(moments.Last, row.Moment.UtcTicks));
        spine.Add(row);
    }

    /// <summary>Adds logged rows; those that no row of the spine can see are left out.</summary>
    /// <exception cref="InvalidDataException">They do not have the fields that their source is defined with now.</exception>
    public void Add(LoggedRows rows, int firstRow)
    {
        var target = Array.FindIndex(targets, known => known.Source.Name == rows.Source);
        if (target < 0) { return; } // a source that was removed: no view reads it
        var pushed = rows.As(targets[target]) ?? throw new InvalidDataException($"The logged rows from sequence {rows.Sequence} on do not have the fields of the source '{rows.Source}'.");
        for (var row = firstRow; row < pushed.Count; row++)
        {
            var ticks = rows.EventTimes[row];
            if (ticks < moments.Last && ticks >= moments.First - reach.Ticks) { events.Add(new LoggedEvent(rows.Sequence + row, ticks, target, pushed.Row(row).ToArray())); }
        }
    }

    /// <summary>The rows with their features, in the order of the spine.</summary>
    /// <param name="onRow">Told after each row that was computed; may be null.</param>
    public IEnumerable<JoinedRow> Join(Action<long>? onRow = null)
    {
        if (spine.WasSorted) { return Sweep(onRow); }
        foreach (var row in Sweep(onRow)) { joined.Add(row); }
        return joined.Sorted();
    }

    public void Dispose()
    {
        spine.Dispose();
        events.Dispose();
        joined.Dispose();
    }

    private IEnumerable<JoinedRow> Sweep(Action<long>? onRow)
    {
        var (tiles, rows) = (new MemoryTiles(registry), new RowValues());
        using var happening = events.Sorted().GetEnumerator();
        var (more, day, count) = (happening.MoveNext(), 0, 0L);
        foreach (var row in spine.Sorted())
        {
            for (; more && happening.Current.UtcTicks < row.Moment.UtcTicks; more = happening.MoveNext()) { Apply(happening.Current, tiles, rows); }
            if (DayOf(row.Moment) is var today && today != day) { Forget(tiles, day = today); }
            var values = new double[service.FeatureNames.Length];
            Evaluate(row, tiles, values);
            foreach (var part in service.Rows) { rows.Evaluate(part, row, values); }
            onRow?.Invoke(++count);
            yield return new JoinedRow(row, values);
        }
    }

    private void Apply(in LoggedEvent happened, MemoryTiles tiles, RowValues rows)
    {
        var target = targets[happened.Target];
        var moment = new DateTimeOffset(happened.UtcTicks, TimeSpan.Zero);
        var increments = new TileIncrement[target.Aggregation.ViewCount];
        target.Aggregation.Increments(moment, happened.Values, increments);
        foreach (ref readonly var increment in increments.AsSpan()) { tiles.Add(increment); }
        foreach (var writer in target.Rows) { rows.Add(writer.Key(happened.Values), writer.Pack(moment, happened.Values)); }
    }

    private void Evaluate(in SpineRow row, MemoryTiles tiles, double[] values)
    {
        Span<AggregateValue> computed = new AggregateValue[values.Length];
        foreach (var view in service.Views)
        {
            var days = tiles.Days(view.ViewIndex, view.EntityOf(row.Entities));
            view.Evaluate(row.Moment, days, computed);
            for (var i = 0; i < view.FeatureCount; i++) { values[view.FirstFeature + i] = computed[i].Value; }
        }
    }

    private void Forget(MemoryTiles tiles, int today)
    {
        for (var view = 0; view < retentionDays.Length; view++) { tiles.Forget(view, today - retentionDays[view] - 1); }
    }

    private static int DayOf(DateTimeOffset moment) => (int)Math.Floor((moment - DateTimeOffset.UnixEpoch).TotalDays);
}
