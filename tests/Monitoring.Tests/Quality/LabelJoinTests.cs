using MlAspire.Monitoring.Quality;

namespace MlAspire.Monitoring.Tests.Quality;

public sealed class LabelJoinTests
{
    private static readonly DateTimeOffset Noon = new(2001, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ScoreHistogram histogram = new();
    private readonly LabelJoin join;
    private bool windowIsForgotten;

    public LabelJoinTests() => join = new(predictions: 2, labels: 2, (model, time) => windowIsForgotten || (model, time) != ("m", Noon) ? null : histogram);

    [Fact]
    public void Label_and_prediction_meet_whichever_comes_first()
    {
        Predict("a", 0.9);
        join.Labelled("a", positive: true);
        join.Labelled("b", positive: false);
        Assert.Equal(1, join.Unmatched);
        Predict("b", 0.1);

        Assert.Equal((1, 1, 0, 1.0), (histogram.Positives, histogram.Negatives, join.Unmatched, histogram.AreaUnderCurve()));
    }

    [Fact]
    public void A_repeated_label_or_prediction_changes_nothing()
    {
        Predict("a", 0.9);
        join.Labelled("a", positive: true);
        join.Labelled("a", positive: true);
        Predict("a", 0.2);

        Assert.Equal((1, 0), (histogram.Positives, histogram.Negatives));
    }

    [Fact]
    public void A_corrected_label_replaces_the_first()
    {
        Predict("a", 0.9);
        join.Labelled("a", positive: true);
        join.Labelled("a", positive: false);

        Assert.Equal((0, 1), (histogram.Positives, histogram.Negatives));
    }

    [Fact]
    public void When_full_the_oldest_prediction_is_forgotten_and_its_label_stays_unmatched()
    {
        Predict("a", 0.1);
        Predict("b", 0.2);
        Predict("c", 0.3);

        join.Labelled("a", positive: true);
        join.Labelled("b", positive: true);

        Assert.Equal((1, 1), (histogram.Positives, join.Unmatched));
    }

    [Fact]
    public void When_full_the_oldest_waiting_label_is_pushed_out_and_stays_unmatched()
    {
        join.Labelled("a", positive: true);
        join.Labelled("b", positive: true);
        join.Labelled("c", positive: true);

        Predict("a", 0.1);
        Predict("b", 0.1);

        Assert.Equal((1, 2), (histogram.Positives, join.Unmatched));
    }

    [Fact]
    public void A_label_for_a_window_that_is_forgotten_changes_nothing()
    {
        Predict("a", 0.1);
        windowIsForgotten = true;

        join.Labelled("a", positive: true);

        Assert.Equal((0, 0), (histogram.Count, join.Unmatched));
    }

    private void Predict(string id, double score) => join.Predicted(id, new("m", Noon, score));
}
