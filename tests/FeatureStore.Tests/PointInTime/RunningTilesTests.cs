using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.PointInTime;

namespace MlAspire.FeatureStore.Tests.PointInTime;

public sealed class RunningTilesTests
{
    private const int RetentionDays = 3;
    private static readonly TileGrid Grid = new(TimeSpan.FromHours(1));

    [Theory]
    [InlineData(1, -100)]
    [InlineData(2, 272_000)]
    public void Sums_are_those_over_the_bytes_of_the_days_also_where_a_tile_is_full_and_older_days_are_gone(int seed, long firstTile)
    {
        var random = new Random(seed);
        var running = new RunningTiles(firstTile, RetentionDays * Grid.TilesPerDay, ranges: 2);
        var days = new MemoryTiles.EntityTiles(Grid.TilesPerDay * Tile.SizeBytes);
        for (var tile = firstTile; tile < firstTile + 2_000; tile += random.Next(random.Next(40) == 0 ? 90 : 3))
        {
            var add = new Tile((ushort)random.Next(1, 40_000), (ushort)random.Next(40_000), random.Next(-1_500_000_000, 1_500_000_000));
            running.Add(tile, add);
            Tile.Add(days.DayToWrite(Grid.DayOf(tile)), Grid.SlotOf(tile), add);
            var start = tile - random.Next((RetentionDays - 1) * Grid.TilesPerDay);
            foreach (var (asked, range) in new[] { new TileRange(start, start + random.Next(-1, 60)), new TileRange(tile - 24, tile + 1) }.Index())
            {
                Assert.Equal(TileSums.Of(Grid, range, new MemoryTiles.EntityDays(days, null)), running.Sums(TilesOfDays.Of(Grid, range), asked));
            }
        }
    }

    [Fact]
    public void Before_the_first_event_nothing_is_found() => Assert.Equal(default, new RunningTiles(0, 72, ranges: 1).Sums(TilesOfDays.Of(Grid, new TileRange(-5, 5)), asked: 0));
}
