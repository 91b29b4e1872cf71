using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Tests.Aggregates;

public sealed class TileTests
{
    [Fact]
    public void A_tile_is_three_big_endian_integers()
    {
        var day = new byte[24];
        Tile.Add(day, 1, new Tile(1, 0, 12));
        Tile.Add(day, 1, new Tile(1, 1, 30));
        Tile.Add(day, 1, new Tile(1, 0, -7));
        Tile.Add(day, 2, new Tile(1, 0, -7));
        Assert.Equal("0000000000000000" + "0003000100000023" + "00010000FFFFFFF9", Convert.ToHexString(day));
        Assert.Equal(new Tile(3, 1, 35), Tile.Read(day, 1));
        Assert.Equal(new Tile(1, 0, -7), Tile.Read(day, 2));
    }

    [Fact]
    public void Past_the_end_of_a_day_a_tile_is_empty()
    {
        Assert.Equal(default, Tile.Read(new byte[] { 0, 1, 0, 1, 0, 0, 0, 1 }, 1));
        Assert.Equal(default, Tile.Read(default, 0));
    }

    [Fact]
    public void A_full_tile_stays_at_its_ends()
    {
        var day = new byte[8];
        Tile.Add(day, 0, new Tile(65_535, 65_534, int.MaxValue - 1));
        Assert.Equal(new Tile(65_535, 65_534, int.MaxValue - 1), Tile.Read(day, 0));
        Tile.Add(day, 0, new Tile(1, 2, 2));
        Assert.Equal(new Tile(65_535, 65_535, int.MaxValue), Tile.Read(day, 0));
        Tile.Add(day, 0, new Tile(0, 0, int.MinValue));
        Tile.Add(day, 0, new Tile(0, 0, int.MinValue));
        Assert.Equal(new Tile(65_535, 65_535, int.MinValue), Tile.Read(day, 0));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(299, 0, 0, 0)]
    [InlineData(300, 1, 0, 1)]
    [InlineData(86_399, 287, 0, 287)]
    [InlineData(86_400, 288, 1, 0)]
    [InlineData(-1, -1, -1, 287)]
    [InlineData(-86_400, -288, -1, 0)]
    [InlineData(-86_401, -289, -2, 287)]
    public void Tiles_are_counted_from_1970_in_both_directions(long seconds, long index, int day, int slot)
    {
        var grid = new TileGrid(TimeSpan.FromMinutes(5));
        Assert.Equal((index, day, slot), (grid.IndexOf(seconds), grid.DayOf(index), grid.SlotOf(index)));
    }

    [Theory]
    [InlineData("_")]
    [InlineData("ATL", "ATL")]
    [InlineData("ATL-LAX", "ATL", "LAX")]
    [InlineData("a-b-c", "a", "b", "c")]
    [InlineData("A%2DB-C%3AD", "A-B", "C:D")]
    [InlineData("A-B%2DC", "A", "B-C")]
    [InlineData("%25_.%C3%A9", "%_.é")]
    public void Join_key_values_become_one_text(string expected, params string[] values) => Assert.Equal(expected, EntityKey.Of(values));
}
