using MlAspire.Monitoring.Traffic;

namespace MlAspire.Monitoring.Tests.Traffic;

public sealed class ModelTrafficTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private readonly ModelTraffic traffic = new(new());

    [Fact]
    public void Ten_times_as_many_is_a_spike_from_its_first_window_on_until_they_are_fewer_than_half_of_that()
    {
        Assert.Empty(Changes(at: 0, [30, 30, 32, 28, 30, 31, 29, 30]));

        Assert.Equal([8], Changes(at: 8, [300, 300]));
        Assert.Equal((30, 3), (traffic.Rate, traffic.UsualRate));
        Assert.Empty(Changes(at: 10, [100])); // five times as many began it, half of that, 75, goes on with it
        Assert.Equal([11], Changes(at: 11, [74]));
        Assert.Null(traffic.Since);
    }

    [Fact]
    public void What_lasts_becomes_usual()
    {
        Assert.Equal([10], Changes(at: 0, [.. Enumerable.Repeat(30, 10), .. Enumerable.Repeat(300, 5)]));

        // Thirty of sixty windows: then the median is 300.
        Assert.Single(Changes(at: 15, [.. Enumerable.Repeat(300, 40)]));
        Assert.Null(traffic.Since);
    }

    [Theory]
    [InlineData(99, 0)] // of a model that nobody asks
    [InlineData(100, 1)]
    public void Few_predictions_are_no_spike(int predictions, int spikes) => Assert.Equal(spikes, Changes(at: 0, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, predictions]).Count);

    [Fact]
    public void In_the_first_minute_nothing_is_usual_yet()
    {
        Assert.Empty(Changes(at: 0, [1, 1, 1, 1, 1, 1_000]));
        Assert.Equal([6], Changes(at: 6, [1_000]));
    }

    [Fact]
    public void What_is_read_late_counts_when_it_was()
    {
        Changes(at: 0, [.. Enumerable.Repeat(30, 10)]);
        for (var i = 0; i < 1_000; i++)
        {
            traffic.Add(Start + (ModelTraffic.Window * 4), Start + (ModelTraffic.Window * 10));
        }

        Assert.Empty(Changes(at: 10, [30]));
    }

    /// <returns>The windows after which a spike began or ended.</returns>
    private List<int> Changes(int at, int[] predictions)
    {
        List<int> changes = [];
        foreach (var (i, count) in predictions.Index())
        {
            var time = Start + (ModelTraffic.Window * (at + i));
            for (var p = 0; p < count; p++)
            {
                traffic.Add(time, time);
            }

            if (traffic.Changes(time + ModelTraffic.Window))
            {
                changes.Add(at + i);
            }
        }

        return changes;
    }
}
