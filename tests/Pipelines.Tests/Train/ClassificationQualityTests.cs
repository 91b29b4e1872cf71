using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Tests.Train;

public sealed class ClassificationQualityTests
{
    // Late: 0.9 and 0.5; on time: 0.5, 0.2. Pairs: 0.9 beats both, 0.5 ties with 0.5 and beats 0.2: 3.5 of 4.
    // Brier: (0.01 + 0.25 + 0.25 + 0.04) / 4. Log loss: -(ln 0.9 + 2 ln 0.5 + ln 0.8) / 4.
    [Fact]
    public void Four_flights_give_what_a_hand_computes()
    {
        var quality = ClassificationQuality.Of([0.5, 0.9, 0.2, 0.5], [true, true, false, false]);

        Assert.Equal((4, 0.5, 0.875), (quality.Rows, quality.LateShare, quality.Auc));
        Assert.Equal(0.1375, quality.Brier, 12);
        Assert.Equal(-(Math.Log(0.9) + (2 * Math.Log(0.5)) + Math.Log(0.8)) / 4, quality.LogLoss, 12);
    }

    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order()
    {
        var random = new Random(5);
        var labels = Enumerable.Range(0, 400).Select(_ => random.Next(4) == 0).ToArray();
        var probabilities = labels.Select(label => Math.Round((random.NextDouble() * 0.7) + (label ? 0.3 : 0), 2)).ToArray();
        var pairs = (from late in Enumerable.Range(0, 400) where labels[late] from onTime in Enumerable.Range(0, 400) where !labels[onTime] select probabilities[late].CompareTo(probabilities[onTime])).ToList();

        Assert.Equal(pairs.Average(order => (order + 1) / 2.0), ClassificationQuality.Of(probabilities, labels).Auc, 12);
    }

    [Fact]
    public void One_kind_of_label_has_no_area()
    {
        Assert.True(double.IsNaN(ClassificationQuality.Of([0.5, 0.6], [true, true]).Auc));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    public void Nothing_to_measure_is_refused(int probabilities, int labels)
    {
        Assert.Throws<ArgumentException>(() => ClassificationQuality.Of(new double[probabilities], new bool[labels]));
    }

    [Fact]
    public void The_threshold_calls_as_many_late_as_were_late()
    {
        Assert.Equal(0.7, FlightTrainer.ThresholdOf([0.1, 0.7, 0.2, 0.9, 0.3], [false, false, true, true, false]));
    }
}
