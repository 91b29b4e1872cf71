using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.Tests.Ingest;

public sealed class CountedOffsetsTests
{
    [Fact]
    public void Ranges_that_touch_are_one_and_what_is_between_them_is_open()
    {
        var counted = new CountedOffsets();
        foreach (var (from, to) in new[] { (100, 200), (300, 400), (500, 600), (200, 250), (50, 60) })
        {
            counted.Add(new OffsetRange(from, to));
        }
        Assert.Equal("50-60 100-250 300-400 500-600", counted.ToString());
        Assert.Equal([0..10, 160..210, 310..320], counted.Open(90, 320));
        Assert.Equal([], counted.Open(100, 150));
        Assert.Equal((60, true, false, new OffsetRange(100, 250)), (counted.Next, counted.Has(249), counted.Has(250), counted.Before(299)));

        counted.Add(new OffsetRange(240, 505));
        Assert.Equal("50-60 100-600", counted.ToString());
        Assert.Equal("50-60 100-600", CountedOffsets.Parse(counted.ToString()).ToString());
    }

    [Fact]
    public async Task The_number_that_an_earlier_version_kept_is_the_end_of_the_only_range()
    {
        await using var store = await Store.StartAsync();
        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().StringSetAsync("fo:flights:radar", "40");
        Assert.Equal("""{"producer":"radar","next_offset":40}""", await store.Client.GetStringAsync("/v1/producers/radar"));

        await store.PushAsync([.. Enumerable.Repeat(new Flights.Event("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20), 5)], "radar", 38);

        Assert.Equal("0-43", await redis.GetDatabase().StringGetAsync("fo:flights:radar"));
    }

    [Fact]
    public async Task Redis_keeps_the_same_ranges_which_are_the_set_of_the_offsets()
    {
        await using var store = await Store.StartAsync();
        await using var redis = await store.ConnectAsync();
        var (random, counted, set) = (new Random(3), new CountedOffsets(), new SortedSet<long>());
        for (var i = 0; i < 200; i++)
        {
            var (first, rows) = (random.Next(1_000), random.Next(1, 12));
            await store.PushAsync([.. Enumerable.Repeat(new Flights.Event("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20), rows)], "radar", first);
            counted.Add(new OffsetRange(first, first + rows));
            for (var offset = first; offset < first + rows; offset++)
            {
                set.Add(offset);
            }
            Assert.Equal(counted.ToString(), await redis.GetDatabase().StringGetAsync("fo:flights:radar"));
        }
        for (var offset = 0; offset < 1_020; offset++)
        {
            Assert.Equal(set.Contains(offset), counted.Has(offset));
        }
        var row = Assert.Single(await store.ReadAsync(("ATL", "LAX", null)));
        Assert.Equal(20, row["origin_mean_delay_1h"].Value);
    }

    [Fact]
    public void Beyond_the_bound_the_lowest_gap_is_closed()
    {
        var counted = new CountedOffsets();
        for (var i = 0L; i <= CountedOffsets.MaxRanges; i++)
        {
            counted.Add(new OffsetRange(10 * i, 10 * i + 1));
        }
        Assert.Equal([], counted.Open(0, 11));
        Assert.Equal([0..9], counted.Open(11, 9));
    }
}
