using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Value of one feature at one moment.</summary>
/// <param name="Value">NaN = null: there was no event to take a mean or a share of, nothing is stored, or a tile is full.</param>
/// <param name="Found">Something is stored for a UTC day that the feature reads.</param>
/// <param name="Full">A tile counts as many events as it can, and perhaps not all there were.</param>
internal readonly record struct AggregateValue(double Value, bool Found, bool Full = false);

/// <summary>One feature made ready to be computed: which tiles it reads at a moment, and its formula.</summary>
/// <remarks>Window of length W at t: the tile that holds t and the W / tile tiles before it. Nothing after the tile of t is ever read, nor that tile when it may hold what happened after t.</remarks>
internal sealed class Aggregation(AggregateFeature feature, TileGrid grid, MaximaLayout? maxima)
{
    private const int SecondsPerDay = 86_400;
    private readonly long windowTiles = feature.Window.Ticks / TimeSpan.TicksPerSecond / grid.Seconds;
    private readonly long dayStartSeconds = Seconds(feature.Backlog?.DayStart);
    private readonly long lagSeconds = Seconds(feature.Backlog?.Lag);
    private readonly long toleranceSeconds = Seconds(feature.Backlog?.Tolerance);

    /// <summary>The feature reads the maxima, else the sums.</summary>
    public bool IsMaximum { get; } = AggregationFunctions.IsMaximum(feature.Function);

    /// <summary>The tiles that count at <paramref name="moment"/>.</summary>
    /// <param name="withoutHead">The tile that holds the moment does not.</param>
    public TileRange Current(DateTimeOffset moment, bool withoutHead = false)
    {
        var last = grid.IndexOf(moment.ToUnixTimeSeconds());
        var first = feature.Backlog is null ? last - windowTiles : grid.IndexOf(DayStart(moment));
        return new TileRange(first, withoutHead ? last : last + 1);
    }

    /// <summary>The tiles a backlog compares with: from the start of the local day one lag earlier to one lag and the tolerance before <paramref name="moment"/>. Empty for windows.</summary>
    public TileRange Earlier(DateTimeOffset moment)
    {
        if (feature.Backlog is null)
        {
            return default;
        }
        var last = grid.IndexOf(moment.ToUnixTimeSeconds() - lagSeconds - toleranceSeconds);
        return new TileRange(grid.IndexOf(DayStart(moment) - lagSeconds), last + 1);
    }

    /// <summary>The tiles that are read at <paramref name="moment"/>, and how long: for who asks for one moment after the other, which mostly reads the same ones.</summary>
    public FeatureRanges Ranges(DateTimeOffset moment)
    {
        var now = moment.ToUnixTimeSeconds();
        var until = grid.EndOf(grid.IndexOf(now));
        if (feature.Backlog is not null)
        {
            var back = lagSeconds + toleranceSeconds;
            until = Math.Min(until, Math.Min(grid.EndOf(grid.IndexOf(now - back)) + back, DayStart(moment) + SecondsPerDay));
        }
        return new FeatureRanges(Current(moment), Earlier(moment), until);
    }

    /// <summary>Value of the feature at <paramref name="moment"/>.</summary>
    public AggregateValue At<TDays>(DateTimeOffset moment, bool withoutHead, in TDays days) where TDays : struct, ITileSums
    {
        var current = Current(moment, withoutHead);
        return IsMaximum ? Maximum(current, days) : Value(days.Sums(grid, current), days.Sums(grid, Earlier(moment)));
    }

    /// <summary>Value of a feature that reads the maxima.</summary>
    public AggregateValue Maximum<TDays>(TileRange current, in TDays days) where TDays : struct, ITileMaxima => maxima!.Of(feature.Function, grid, current, days);

    /// <summary>Value of one that reads the sums over <see cref="Current"/> and <see cref="Earlier"/>.</summary>
    public AggregateValue Value(in TileSums current, in TileSums earlier)
    {
        var found = current.Found || earlier.Found;
        if (current.Full || earlier.Full)
        {
            return new AggregateValue(double.NaN, found, Full: true);
        }
        var value = feature.Function switch
        {
            AggregationFunction.Mean => current.Count == 0 ? double.NaN : (double)current.Sum / current.Count,
            AggregationFunction.Sum => current.Count == 0 ? double.NaN : current.Sum,
            AggregationFunction.Share => current.Count == 0 ? double.NaN : (double)current.Flagged / current.Count,
            AggregationFunction.Count => found ? current.Count : double.NaN,
            AggregationFunction.Backlog => found ? current.Count - earlier.Count : double.NaN,
            _ => throw new InvalidOperationException($"No formula for {feature.Function}."),
        };
        return new AggregateValue(value, found);
    }

    /// <summary>The last start of the local day at or before the moment, on the clock of the moment's own UTC offset.</summary>
    private long DayStart(DateTimeOffset moment)
    {
        var offset = moment.Offset.Ticks / TimeSpan.TicksPerSecond;
        var sinceStart = moment.ToUnixTimeSeconds() + offset - dayStartSeconds;
        return TileGrid.FloorDivide(sinceStart, SecondsPerDay) * SecondsPerDay + dayStartSeconds - offset;
    }

    private static long Seconds(TimeSpan? time) => (time ?? TimeSpan.Zero).Ticks / TimeSpan.TicksPerSecond;
}
