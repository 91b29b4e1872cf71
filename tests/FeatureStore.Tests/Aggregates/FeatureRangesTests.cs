using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests.Aggregates;

public sealed class FeatureRangesTests
{
    private static readonly TileGrid Grid = new(TimeSpan.FromMinutes(5));

    public static TheoryData<string, string, int> Moments => new()
    {
        { "2001-03-29T23:58:17Z", "00:10:00", 0 },
        { "2001-03-30T02:58:17-05:00", "00:10:00", 180 },
        { "2001-03-30T02:58:17+05:45", "00:07:13", 181 }, // the ends of tiles and days fall at other seconds than those of what they are compared with
        { "1969-12-31T23:58:17-00:30", "00:07:13", 1_439 },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public void The_tiles_that_are_read_are_the_same_until_the_moment_that_is_said_and_others_then(string from, string tolerance, int dayStart)
    {
        var backlog = new Backlog(TimeSpan.FromMinutes(dayStart), TimeSpan.FromDays(7), TimeSpan.Parse(tolerance, System.Globalization.CultureInfo.InvariantCulture));
        foreach (var feature in new[] { new AggregateFeature("f", AggregationFunction.Backlog, TimeSpan.Zero, backlog), new AggregateFeature("f", AggregationFunction.Mean, TimeSpan.FromHours(1), null) })
        {
            var aggregation = new Aggregation(feature, Grid, null);
            var moment = DateTimeOffset.Parse(from, System.Globalization.CultureInfo.InvariantCulture);
            for (var change = 0; change < 600; change++)
            {
                var ranges = aggregation.Ranges(moment);
                for (; moment.ToUnixTimeSeconds() < ranges.Until; moment = moment.AddSeconds(1))
                {
                    Assert.Equal((ranges.Current, ranges.Earlier), (aggregation.Current(moment), aggregation.Earlier(moment)));
                }
                Assert.NotEqual((ranges.Current, ranges.Earlier), (aggregation.Current(moment), aggregation.Earlier(moment)));
            }
        }
    }
}
