using MlAspire.Monitoring.Quality;

namespace MlAspire.Monitoring.Tests.Quality;

public sealed class ScoreHistogramTests
{
    // By hand: positives 0.9, 0.4; negatives 0.1, 0.4. Pairs: 0.9>0.1 1, 0.9>0.4 1, 0.4>0.1 1, 0.4=0.4 1/2: 3.5 of 4.
    [Fact]
    public void Ties_count_half() => Assert.Equal(0.875, Of([(0.9, true), (0.4, true), (0.1, false), (0.4, false)]).AreaUnderCurve());

    [Fact]
    public void A_perfect_order_is_one_and_its_reverse_zero()
    {
        Assert.Equal(1, Of([(0.8, true), (0.2, false)]).AreaUnderCurve());
        Assert.Equal(0, Of([(0.2, true), (0.8, false)]).AreaUnderCurve());
    }

    [Fact]
    public void Without_one_of_the_labels_there_is_no_area()
    {
        Assert.Null(Of([]).AreaUnderCurve());
        Assert.Null(Of([(0.5, true)]).AreaUnderCurve());
        Assert.Null(Of([(0.5, false)]).AreaUnderCurve());
    }

    [Fact]
    public void The_area_differs_from_the_exact_one_by_less_than_the_stated_bound()
    {
        var random = new Random(11);
        var sample = Enumerable.Range(0, 3000).Select(_ => random.NextDouble()).Select(score => (score, random.NextDouble() < score)).ToArray();
        double exact = 0, sameBin = 0;
        var (positives, negatives) = (sample.Where(item => item.Item2).ToArray(), sample.Where(item => !item.Item2).ToArray());
        foreach (var (positive, _) in positives)
        {
            foreach (var (negative, _) in negatives)
            {
                exact += positive > negative ? 1 : 0;
                sameBin += (int)(positive * 1000) == (int)(negative * 1000) ? 1 : 0;
            }
        }

        double pairs = positives.Length * (double)negatives.Length;
        Assert.InRange(Math.Abs(Of(sample).AreaUnderCurve()!.Value - (exact / pairs)), 0, 0.5 * sameBin / pairs);
    }

    [Fact]
    public void Taking_back_and_merging_are_exact()
    {
        var histogram = Of([(0.9, true), (0.4, true), (0.1, false), (0.4, false), (0.3, true)]);
        histogram.Remove(0.3, true);
        var merged = Of([(0.9, true), (0.4, false)]);
        merged.Merge(Of([(0.4, true), (0.1, false)]));

        Assert.Equal((2, 2, 0.875), (histogram.Positives, histogram.Negatives, histogram.AreaUnderCurve()));
        Assert.Equal((2, 2, 0.875), (merged.Positives, merged.Negatives, merged.AreaUnderCurve()));
    }

    [Fact]
    public void Scores_outside_zero_and_one_count_at_the_ends() => Assert.Equal(1, Of([(1, true), (1.5, true), (-0.5, false), (0, false)]).AreaUnderCurve());

    private static ScoreHistogram Of(IEnumerable<(double Score, bool Positive)> sample)
    {
        var histogram = new ScoreHistogram();
        foreach (var (score, positive) in sample)
        {
            histogram.Add(score, positive);
        }

        return histogram;
    }
}
