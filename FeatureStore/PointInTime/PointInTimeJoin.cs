using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store would have answered at each moment of a spine: events and rows are walked through in the order of time, and a row sees what happened strictly before its moment.</summary>
/// <remarks>In memory are the tiles of the views' retention, as in Redis, and <see cref="RecordsInMemory"/> records of each sort, whatever the sizes of spine and log. Used once, by one thread.</remarks>
internal sealed class PointInTimeJoin : IDisposable
{
    public const int RecordsInMemory = 250_000;

    private readonly FeatureRegistry registry;
    private readonly ServiceAggregation service;
    private readonly PushTarget[] sources;
    private readonly SpineOrder spineOrder;
    private readonly ExternalSort<SpineRow> spine;
    private readonly ExternalSort<LoggedEvent> events;
    private readonly ExternalSort<JoinedRow> joined;
    private readonly TimeSpan reach;
    private readonly int[] retentionDays;
    private (long First, long Last) moments = (long.MaxValue, long.MinValue);

    /// <param name="folder">For temporary files.</param>
    /// <param name="recordsInMemory">Of each sort.</param>
    public PointInTimeJoin(FeatureRegistry registry, ServiceAggregation service, string folder, int recordsInMemory = RecordsInMemory)
    {
        (this.registry, this.service) = (registry, service);
        sources = [.. registry.Sources.Select(source => new PushTarget(registry, source))];
        spineOrder = new SpineOrder(service.EntityColumns.Length);
        var eventOrder = new LoggedEventOrder(registry);
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
        var source = Array.FindIndex(sources, known => known.Source.Name == rows.Source);
        if (source < 0) { return; } // a source that was removed: no view reads it
        var pushed = rows.As(sources[source]) ?? throw new InvalidDataException($"The logged rows from sequence {rows.Sequence} on do not have the fields of the source '{rows.Source}'.");
        for (var row = firstRow; row < pushed.Count; row++)
        {
            var ticks = rows.EventTimes[row];
            if (ticks < moments.Last && ticks >= moments.First - reach.Ticks) { events.Add(new LoggedEvent(rows.Sequence + row, ticks, source, pushed.Row(row).ToArray())); }
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
        var tiles = new MemoryTiles(registry);
        var values = new AggregateValue[service.FeatureNames.Length];
        using var happening = events.Sorted().GetEnumerator();
        var (more, day, count) = (happening.MoveNext(), 0, 0L);
        foreach (var row in spine.Sorted())
        {
            for (; more && happening.Current.UtcTicks < row.Moment.UtcTicks; more = happening.MoveNext()) { Apply(happening.Current, tiles); }
            if (DayOf(row.Moment) is var today && today != day) { Forget(tiles, day = today); }
            Evaluate(row, tiles, values);
            onRow?.Invoke(++count);
            yield return new JoinedRow(row, Array.ConvertAll(values, value => value.Value));
        }
    }

    private void Apply(in LoggedEvent happened, MemoryTiles tiles)
    {
        var source = sources[happened.Source].Aggregation;
        var increments = new TileIncrement[source.ViewCount];
        source.Increments(new DateTimeOffset(happened.UtcTicks, TimeSpan.Zero), happened.Values, increments);
        foreach (ref readonly var increment in increments.AsSpan()) { tiles.Add(increment); }
    }

    private void Evaluate(in SpineRow row, MemoryTiles tiles, AggregateValue[] values)
    {
        foreach (var view in service.Views)
        {
            var days = tiles.Days(view.ViewIndex, view.EntityOf(row.Entities));
            view.Evaluate(row.Moment, days, values.AsSpan(view.FirstFeature, view.FeatureCount));
        }
    }

    private void Forget(MemoryTiles tiles, int today)
    {
        for (var view = 0; view < retentionDays.Length; view++) { tiles.Forget(view, today - retentionDays[view] - 1); }
    }

    private static int DayOf(DateTimeOffset moment) => (int)Math.Floor((moment - DateTimeOffset.UnixEpoch).TotalDays);
}
