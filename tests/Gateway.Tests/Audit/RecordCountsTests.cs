using System.Globalization;
using MlAspire.Gateway.Audit;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class RecordCountsTests
{
    [Theory]
    [InlineData("""{"schema":1,"event":"prediction_audit","timestamp":""}""", "prediction_audit")]
    [InlineData("""{"schema":1,"event":"route_changed"}""", "route_changed")]
    [InlineData("""{"schema":1,"event":""}""", "other")]
    [InlineData("""{"schema":1,"event":"route""", "other")]
    [InlineData("any line", "other")]
    [InlineData("", "other")]
    public void A_record_counts_under_the_event_that_it_begins_with(string record, string counts) => Assert.Equal(counts, AuditRecord.EventOf(System.Text.Encoding.UTF8.GetBytes(record)));

    [Fact]
    public void Beyond_the_most_events_all_further_ones_count_as_one()
    {
        var counts = new RecordCounts();

        counts.Add(Enumerable.Range(0, RecordCounts.MostEvents + 2).Select(i => string.Create(CultureInfo.InvariantCulture, $"event_{i}")));
        counts.Add(["event_0", "event_65"]);

        Assert.Equal(RecordCounts.MostEvents + 1, counts.Now.Count);
        Assert.Equal((2, 3, RecordCounts.MostEvents + 4), (counts.Now.Single(each => each.Key == "event_0").Value, counts.Now.Single(each => each.Key == RecordCounts.Other).Value, counts.Now.Sum(each => each.Value)));
    }
}
