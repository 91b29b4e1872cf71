using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Tests.Aggregates;

public sealed class TileSumsTests
{
    private static readonly TileGrid Grid = new(300);

    [Fact]
    public void Sums_are_those_of_the_tiles_one_by_one_whatever_the_range_and_where_the_bytes_end()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            Tile[] tiles = [.. Enumerable.Range(0, random.Next(1, Grid.TilesPerDay + 1)).Select(_ => new Tile((ushort)(random.Next(200) == 0 ? 65_535 : random.Next(65_535)), (ushort)random.Next(65_536), random.Next(int.MinValue, int.MaxValue)))];
            var day = new byte[tiles.Length * Tile.SizeBytes];
            for (var slot = 0; slot < tiles.Length; slot++)
            {
                Tile.Add(day, slot, tiles[slot]);
            }
            var (start, end) = (random.Next(Grid.TilesPerDay), random.Next(Grid.TilesPerDay + 1));

            var sums = TileSums.Of(Grid, new TileRange(start, end), new OneDay(day));

            var within = end > start ? tiles.Take(end).Skip(start).ToArray() : [];
            Assert.Equal(new TileSums(within.Sum(tile => (long)tile.Count), within.Sum(tile => (long)tile.Flagged), within.Sum(tile => (long)tile.Sum), Found: end > start, Full: within.Any(tile => tile.Count == 65_535)), sums);
        }
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(-300, -1)]
    [InlineData(-301, -2)]
    [InlineData(0, 0)]
    [InlineData(4_294_967_295, 14_316_557)]
    [InlineData(4_294_967_296, 14_316_557)]
    [InlineData(4_294_967_500, 14_316_558)]
    public void A_tile_is_found_before_1970_and_after_2106(long unixSeconds, long tile) => Assert.Equal(tile, Grid.IndexOf(unixSeconds));

    private readonly struct OneDay(byte[] bytes) : ITileDays
    {
        public ReadOnlySpan<byte> Day(int day) => day == 0 ? bytes : default;

        public TileSums Sums(TileGrid Grid, TileRange range) => TileSums.Of(Grid, range, this);

        public ReadOnlySpan<byte> Maxima(int day) => default;
    }
}
