using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A range of tiles, and the range of those of the UTC days that it is on.</summary>
internal readonly record struct TilesOfDays(TileRange Tiles, TileRange Days)
{
    public static TilesOfDays Of(TileGrid grid, TileRange tiles) => tiles.IsEmpty
        ? default
        : new TilesOfDays(tiles, new TileRange((long)grid.DayOf(tiles.Start) * grid.TilesPerDay, (grid.DayOf(tiles.End - 1) + 1L) * grid.TilesPerDay));
}
