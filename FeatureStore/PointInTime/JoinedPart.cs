using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The features of one view for one combination of entity columns. It remembers which tiles they read: the next row is mostly so soon after the last that it reads the same.</summary>
/// <param name="asked">Number of the first range among those that are asked for of an entity; each feature has two.</param>
internal sealed class JoinedPart(ServiceViewAggregation part, int combination, int asked)
{
    private readonly TileGrid grid = new(part.View.Tile);
    private readonly Dictionary<TimeSpan, ReadTiles> offsets = []; // a spine may have rows of several UTC offsets in turns
    private ReadTiles now = new(0);
    private TimeSpan? offset;

    /// <summary>Number of the entity of each row.</summary>
    public int[] Entities(JoinStep step) => step.Entities[combination];

    /// <summary>Computes the features of a row, which is not before the one that came last.</summary>
    /// <param name="tiles">Of the row's entity; null = it has none.</param>
    public void Evaluate(JoinedRows rows, int row, RunningTiles? tiles, in Maxima maxima)
    {
        Move(rows.Moments[row]);
        var features = part.Features;
        var ranges = now.Features;
        for (var i = 0; i < ranges.Length; i++)
        {
            ref readonly var read = ref ranges[i];
            var value = features[i].IsMaximum ? features[i].Maximum(read.Current.Tiles, maxima)
                : tiles is null ? features[i].Value(default, default)
                : features[i].Value(tiles.Sums(read.Current, asked + 2 * i), tiles.Sums(read.Earlier, asked + 2 * i + 1));
            rows.Values[part.FirstFeature + i][row] = value.Value;
        }
    }

    private void Move(DateTimeOffset moment)
    {
        if (moment.Offset != offset)
        {
            offset = moment.Offset;
            if (!offsets.TryGetValue(moment.Offset, out now!))
            {
                offsets[moment.Offset] = now = new ReadTiles(part.FeatureCount);
            }
        }
        if (moment.UtcTicks < now.Until)
        {
            return;
        }
        now.Until = long.MaxValue;
        for (var i = 0; i < now.Features.Length; i++)
        {
            var ranges = part.Features[i].Ranges(moment);
            now.Features[i] = (TilesOfDays.Of(grid, ranges.Current), TilesOfDays.Of(grid, ranges.Earlier));
            now.Until = Math.Min(now.Until, DateTimeOffset.UnixEpoch.Ticks + ranges.Until * TimeSpan.TicksPerSecond);
        }
    }

    /// <summary>What rows of one UTC offset read.</summary>
    private sealed class ReadTiles(int features)
    {
        public (TilesOfDays Current, TilesOfDays Earlier)[] Features { get; } = new (TilesOfDays, TilesOfDays)[features];

        /// <summary>UTC ticks of the first moment that reads others.</summary>
        public long Until { get; set; } = long.MinValue;
    }
}
