using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Online;

/// <summary>One row of a request.</summary>
/// <param name="Entities">Shape [ServiceAggregation.EntityColumns].</param>
internal readonly record struct OnlineRow(string[] Entities, DateTimeOffset Moment);

/// <summary>What one request reads: every tile key once, and which of them each part of each row uses. Used by one request.</summary>
internal sealed class OnlineRead
{
    private readonly Dictionary<TileKey, int> positions = [];
    private readonly Part[] parts;
    private readonly int viewCount;

    public OnlineRead(ServiceAggregation service, IReadOnlyList<OnlineRow> rows)
    {
        viewCount = service.Views.Length;
        parts = new Part[rows.Count * viewCount];
        var days = new SortedSet<int>();
        for (var row = 0; row < rows.Count; row++)
        {
            for (var view = 0; view < viewCount; view++)
            {
                days.Clear();
                service.Views[view].AddDays(rows[row].Moment, days);
                parts[row * viewCount + view] = PartOf(service.Views[view], rows[row].Entities, [.. days]);
            }
        }
    }

    /// <summary>Every key once, in the order in which their bytes are handed to <see cref="DaysOf"/>.</summary>
    public IReadOnlyCollection<TileKey> Keys => positions.Keys;

    /// <summary>The days read for a view of a row, ascending.</summary>
    public ReadOnlySpan<int> DayNumbersOf(int row, int view) => parts[row * viewCount + view].Days;

    /// <summary>The tiles of a view of a row.</summary>
    /// <param name="bytes">Shape [<see cref="Keys"/>].</param>
    public ReadDays DaysOf(int row, int view, ReadOnlyMemory<byte>[] bytes) => new(parts[row * viewCount + view], bytes);

    private Part PartOf(ServiceViewAggregation view, string[] entities, int[] days)
    {
        var entity = view.EntityOf(entities);
        var at = new int[days.Length];
        for (var i = 0; i < days.Length; i++)
        {
            var key = new TileKey(view.ViewIndex, entity, days[i]);
            if (!positions.TryGetValue(key, out at[i])) { positions[key] = at[i] = positions.Count; }
        }
        return new Part(days, at);
    }

    /// <param name="Positions">Where each day's bytes are, shape [Days].</param>
    internal readonly record struct Part(int[] Days, int[] Positions);

    internal readonly struct ReadDays(Part part, ReadOnlyMemory<byte>[] bytes) : ITileDays
    {
        public ReadOnlySpan<byte> Day(int day)
        {
            var at = Array.IndexOf(part.Days, day);
            return at < 0 ? default : bytes[part.Positions[at]].Span;
        }
    }
}
