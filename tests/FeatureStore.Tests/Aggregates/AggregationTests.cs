using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Tests.Aggregates;

public sealed class AggregationTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 600)]
    [InlineData(3, 6_000)]
    public void Every_feature_at_any_moment_equals_a_count_over_the_raw_events(int seed, int count)
    {
        var events = Flights.Random(seed, count);
        var tiles = Flights.Tiles(events);
        var reference = new BruteForce(events);
        var random = new Random(seed);
        string[] airports = ["ATL", "LAX", "ORD", "NIL"];
        for (var i = 0; i < 300; i++)
        {
            var t = events[random.Next(count)].Time.AddSeconds(random.Next(-4_000, 4_000)).ToOffset(TimeSpan.FromMinutes(15 * random.Next(-48, 57)));
            var (origin, destination) = (airports[random.Next(4)], airports[random.Next(4)]);
            Assert.Equal(reference.At(t, origin, destination), Evaluate(tiles, t, origin, destination));
        }
    }

    [Theory]
    [InlineData("2001-03-30T02:59:59-05:00")] // the local day began yesterday
    [InlineData("2001-03-30T03:00:00-05:00")]
    [InlineData("2001-03-30T03:09:59-05:00")] // a week earlier, less ten minutes, was still the day before
    [InlineData("2001-03-30T03:10:00-05:00")]
    [InlineData("2001-03-30T19:00:00-05:00")] // midnight in UTC
    [InlineData("2001-03-30T18:59:59-05:00")]
    [InlineData("2001-04-01T01:59:59-05:00")] // the last second before the clocks changed,
    [InlineData("2001-04-01T03:00:00-04:00")] // and the next one
    [InlineData("2001-04-01T12:00:00-04:00")]
    [InlineData("2001-04-01T02:30:00+13:45")]
    [InlineData("2001-04-01T02:30:00-12:00")]
    public void The_edges_of_days_and_tiles_are_exact(string moment)
    {
        var events = Flights.Random(7, 4_000);
        var t = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var step = TimeSpan.FromSeconds(1);
        DateTimeOffset[] edges = [t, t - step, t + step, t.AddDays(-7), t.AddDays(-7).AddMinutes(-10), t.AddDays(-7).AddMinutes(-5), t.AddDays(-1), t.AddHours(-1), t.AddHours(-1) - step];
        events.AddRange(edges.Select(time => new Flights.Event("departures", time, "ATL", "LAX", 0)));
        events.AddRange(edges.Select(time => new Flights.Event("landings", time, "ATL", "LAX", 16)));
        Assert.Equal(new BruteForce(events).At(t, "ATL", "LAX"), Evaluate(Flights.Tiles(events), t, "ATL", "LAX"));
    }

    [Fact]
    public void Any_order_of_arrival_gives_the_same_bytes()
    {
        var events = Flights.Random(11, 5_000);
        var expected = Dump(Flights.Tiles(events));
        var random = new Random(5);
        for (var i = 0; i < 5; i++)
        {
            var shuffled = events.ToArray();
            random.Shuffle(shuffled);
            Assert.Equal(expected, Dump(Flights.Tiles(shuffled)));
        }
    }

    [Fact]
    public void Days_name_exactly_what_the_features_read()
    {
        var service = Flights.FlightDelay;
        var t = new DateTimeOffset(2001, 3, 30, 2, 0, 0, TimeSpan.FromHours(-5));
        foreach (var view in service.Views)
        {
            var named = new SortedSet<int>();
            view.AddDays(t, named);
            var asked = new Recorder([]);
            view.Evaluate(t, asked, new AggregateValue[view.FeatureCount]);
            Assert.Equal(asked.Days, named);
        }
    }

    [Fact]
    public void Age_is_counted_from_the_end_of_the_newest_tile_that_is_not_in_the_future()
    {
        var t = new DateTimeOffset(2001, 3, 30, 13, 7, 0, TimeSpan.Zero);
        var view = Flights.FlightDelay.Views[0];
        long Age(params DateTimeOffset[] landings)
        {
            var days = new SortedSet<int>();
            view.AddDays(t, days);
            var tiles = Flights.Tiles(landings.Select(time => new Flights.Event("landings", time, "ATL", "LAX", 0)));
            return view.AgeSeconds(t, [.. days], tiles.Days(view.ViewIndex, "ATL"));
        }
        Assert.Equal(-1, Age());
        Assert.Equal(-1, Age(t.AddMinutes(3)));
        Assert.Equal(0, Age(t));
        Assert.Equal(120, Age(t.AddMinutes(-2).AddSeconds(-1)));
        Assert.Equal(120, Age(t.AddMinutes(-2).AddSeconds(-1), t.AddMinutes(3), t.AddHours(-9)));
        Assert.Equal(13 * 3_600 + 7 * 60 - 300, Age(new DateTimeOffset(2001, 3, 30, 0, 4, 59, TimeSpan.Zero)));
    }

    private static Dictionary<string, BruteForce.Answer> Evaluate(MemoryTiles tiles, DateTimeOffset t, string origin, string destination)
    {
        var service = Flights.FlightDelay;
        Assert.Equal(["origin", "destination"], service.EntityColumns);
        var answers = new Dictionary<string, BruteForce.Answer>();
        foreach (var view in service.Views)
        {
            var values = new AggregateValue[view.FeatureCount];
            view.Evaluate(t, tiles.Days(view.ViewIndex, view.EntityOf([origin, destination])), values);
            for (var i = 0; i < values.Length; i++)
            {
                answers[service.FeatureNames[view.FirstFeature + i]] = new BruteForce.Answer(double.IsNaN(values[i].Value) ? null : values[i].Value, values[i].Found);
            }
        }
        return answers;
    }

    private static List<string> Dump(MemoryTiles tiles) =>
        [.. Flights.Registry.Views.SelectMany((view, i) => tiles.Stored(i).Select(d => $"{view.Name}:{d.Entity}:{d.Day}:{Convert.ToHexString(d.Bytes)}")).Order(StringComparer.Ordinal)];

    private readonly struct Recorder(SortedSet<int> days) : ITileDays
    {
        public SortedSet<int> Days => days;

        public ReadOnlySpan<byte> Day(int day)
        {
            days.Add(day);
            return default;
        }

        public TileSums Sums(TileGrid grid, TileRange range) => TileSums.Of(grid, range, this);

        public ReadOnlySpan<byte> Maxima(int day) => Day(day);
    }
}
