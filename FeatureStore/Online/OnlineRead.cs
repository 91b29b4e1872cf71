using MlAspire.FeatureStore.Aggregates;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>One row of a request.</summary>
/// <param name="Entities">Shape [ServiceAggregation.EntityColumns].</param>
/// <param name="Inputs">Shape [ServiceAggregation.InputColumns]; NaN = null.</param>
internal readonly record struct OnlineRow(string[] Entities, DateTimeOffset Moment, double[] Inputs);

/// <summary>What one request reads: every key once, and which of them each part of each row uses. Used by one request.</summary>
internal sealed class OnlineRead
{
    /// <summary>Most bytes that the tiles of a request may have, and most that its rows of row views have together. Two requests of 1,000 flights have as many.</summary>
    public const long MaxTileBytes = 128L << 20;

    private readonly Dictionary<OnlineKey, int> positions;
    private readonly Part[] parts;
    private readonly int[] stored;
    private readonly ServiceAggregation service;
    private long tileBytes;

    /// <exception cref="ServiceError">InvalidArgument: the tiles of the rows may have more than <see cref="MaxTileBytes"/>.</exception>
    public OnlineRead(ServiceAggregation service, IReadOnlyList<OnlineRow> rows)
    {
        this.service = service;
        positions = new Dictionary<OnlineKey, int>(rows.Count * (service.Views.Length + service.Rows.Length));
        parts = new Part[rows.Count * service.Views.Length];
        stored = new int[rows.Count * service.Rows.Length];
        var days = new SortedSet<int>();
        for (var row = 0; row < rows.Count; row++)
        {
            for (var view = 0; view < service.Views.Length; view++)
            {
                days.Clear();
                service.Views[view].AddDays(rows[row].Moment, days);
                parts[row * service.Views.Length + view] = PartOf(service.Views[view], rows[row].Entities, [.. days]);
            }
            if (tileBytes > MaxTileBytes)
            {
                throw new ServiceError(ErrorCode.InvalidArgument, $"The tiles of the first {row + 1} rows may have more than {MaxTileBytes} bytes, as long as the windows are and as short the tiles: ask for fewer rows at once.", "entities");
            }
            for (var i = 0; i < service.Rows.Length; i++)
            {
                stored[row * service.Rows.Length + i] = PositionOf(new OnlineKey(service.Rows[i].ViewIndex, service.Rows[i].EntityOf(rows[row].Entities), 0), 0);
            }
        }
    }

    /// <summary>Every key once, in the order in which their bytes are handed to <see cref="DaysOf"/>.</summary>
    public IReadOnlyCollection<OnlineKey> Keys => positions.Keys;

    /// <summary>The days read for a view of a row, ascending.</summary>
    public ReadOnlySpan<int> DayNumbersOf(int row, int view) => parts[row * service.Views.Length + view].Days;

    /// <summary>The tiles of a view of a row.</summary>
    /// <param name="bytes">Shape [<see cref="Keys"/>].</param>
    public ReadDays DaysOf(int row, int view, byte[][] bytes) => new(parts[row * service.Views.Length + view], bytes);

    /// <summary>What is stored of <see cref="ServiceAggregation.Rows"/>[<paramref name="part"/>], shape [rows]; empty = nothing.</summary>
    /// <param name="bytes">Shape [<see cref="Keys"/>].</param>
    public byte[][] StoredRows(int part, byte[][] bytes)
    {
        var rows = new byte[stored.Length / service.Rows.Length][];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = bytes[stored[row * service.Rows.Length + part]];
        }
        return rows;
    }

    /// <summary>Ends a request before its answer is made of more than a process should hold. How long a row is, is known when it is read alone: views with texts may have short ones.</summary>
    /// <param name="bytes">Shape [<see cref="Keys"/>].</param>
    /// <exception cref="ServiceError">InvalidArgument: the stored rows, each as often as it is asked for, have more than <see cref="MaxTileBytes"/>.</exception>
    public void CheckStoredRows(byte[][] bytes)
    {
        if (stored.Sum(at => (long)bytes[at].Length) > MaxTileBytes)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"The stored rows have more than {MaxTileBytes} bytes together: ask for fewer rows at once.", "entities");
        }
    }

    private Part PartOf(ServiceViewAggregation view, string[] entities, int[] days)
    {
        var entity = view.EntityOf(entities);
        var at = new int[days.Length];
        for (var i = 0; i < days.Length; i++)
        {
            at[i] = PositionOf(new OnlineKey(view.ViewIndex, entity, days[i]), view.DayBytes);
        }
        return new Part(days, at, view.HasMaxima ? Array.ConvertAll(days, day => PositionOf(new OnlineKey(view.ViewIndex, entity, day, Maxima: true), view.MaximaBytes)) : []);
    }

    /// <param name="bytes">Of tiles that the key may hold.</param>
    private int PositionOf(OnlineKey key, int bytes)
    {
        if (!positions.TryGetValue(key, out var at))
        {
            tileBytes += bytes;
            positions[key] = at = positions.Count;
        }
        return at;
    }

    /// <param name="Positions">Where each day's bytes are, shape [Days].</param>
    /// <param name="Maxima">The same of the maxima; empty when no feature reads them.</param>
    internal readonly record struct Part(int[] Days, int[] Positions, int[] Maxima);

    internal readonly struct ReadDays(Part part, byte[][] bytes) : ITileDays
    {
        public ReadOnlySpan<byte> Day(int day)
        {
            var at = Array.IndexOf(part.Days, day);
            return at < 0 ? default : bytes[part.Positions[at]];
        }

        public TileSums Sums(TileGrid grid, TileRange range) => TileSums.Of(grid, range, this);

        public ReadOnlySpan<byte> Maxima(int day)
        {
            var at = Array.IndexOf(part.Days, day);
            return at < 0 ? default : bytes[part.Maxima[at]];
        }
    }
}
