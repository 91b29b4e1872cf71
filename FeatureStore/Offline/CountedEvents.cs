using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Which logged rows change something, by the rule of Redis: none that was set aside, and of those of one event the first, among what was young enough when it was pushed.</summary>
internal sealed class CountedEvents
{
    private readonly Dictionary<string, Dictionary<long, HashSet<UInt128>>> sources = new(StringComparer.Ordinal); // ids by hour

    /// <summary>Counts the events of rows, which come in the order in which they were appended.</summary>
    /// <param name="open">Positions of rows whose offsets had not been counted before.</param>
    /// <returns>Those of them that change something.</returns>
    public List<Range> Count(LoggedRows rows, List<Range> open)
    {
        if (open.Count == 0 || (rows.EventId is null && !rows.Ticks.Contains(LogColumnsReader.Idle)))
        {
            return open;
        }
        var ids = rows.EventIds();
        var hours = ids is null ? [] : HoursOf(rows.Source, ids);
        var fresh = new List<Range>(open.Count);
        foreach (var row in open.SelectMany(range => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value)))
        {
            var ticks = rows.Ticks[row];
            if (ticks == LogColumnsReader.Idle || (ids is not null && ticks >= ids.KnownSince.UtcTicks && !IsFirst(hours, ticks, ids.Ids[row])))
            {
                continue;
            }
            if (fresh.Count > 0 && fresh[^1].End.Value == row)
            {
                fresh[^1] = fresh[^1].Start..(row + 1);
            }
            else
            {
                fresh.Add(row..(row + 1));
            }
        }
        return fresh;
    }

    private Dictionary<long, HashSet<UInt128>> HoursOf(string source, EventIds ids)
    {
        if (!sources.TryGetValue(source, out var hours))
        {
            sources[source] = hours = [];
        }
        foreach (var hour in hours.Keys.Where(ids.IsOver).ToList())
        {
            hours.Remove(hour);
        }
        return hours;
    }

    private static bool IsFirst(Dictionary<long, HashSet<UInt128>> hours, long ticks, UInt128 id)
    {
        var hour = EventIds.HourOf(new DateTimeOffset(ticks, TimeSpan.Zero));
        if (!hours.TryGetValue(hour, out var known))
        {
            hours[hour] = known = [];
        }
        return known.Add(id);
    }
}
