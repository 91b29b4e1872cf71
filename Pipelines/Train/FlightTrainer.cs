using MlAspire.Pipelines.Train.GradientBoosting;
using Boosting = MlAspire.Pipelines.Train.GradientBoosting.GradientBoosting;

namespace MlAspire.Pipelines.Train;

/// <summary>Learns the model and a baseline without store features from a training set, and measures both. Pure: no files, no clock.</summary>
internal static class FlightTrainer
{
    private const int RowsPerTask = 512;

    /// <summary>The model and the baseline, each with its threshold and its quality.</summary>
    public static (TrainedModel Model, TrainedModel RequestOnly) Train(TrainingSet set, TrainOptions options, Action<int>? onTree, CancellationToken cancellationToken)
    {
        var labels = set.Learn.Labels();
        var columns = set.Learn.ByColumn(set.Learn.Columns);
        var model = Boosting.Train(new TrainingMatrix(columns, labels, options.Boosting.Bins), options.Boosting, onTree, cancellationToken);
        var request = new TrainingMatrix(columns[..FlightDelayPipeline.RequestColumns], labels, options.Boosting.Bins);
        var requestOnly = Boosting.Train(request, options.Boosting, null, cancellationToken);

        var learnt = Score(set.Learn);
        var months = set.Test.Select(month => (Days: DaysOf(month.Month, options), Scored: Score(month.Rows))).ToList();
        return (Judge(FlightDelayPipeline.Model, model, scored => scored), Judge(FlightDelayPipeline.RequestOnlyModel, requestOnly, scored => scored with { Probabilities = scored.RequestOnly }));

        ScoredRows Score(RowSet rows) => new(Probabilities(model, rows), Probabilities(requestOnly, rows), rows.Labels());

        TrainedModel Judge(string name, BoostedTrees trees, Func<ScoredRows, ScoredRows> its)
        {
            var threshold = ThresholdOf(its(learnt).Probabilities, labels);
            return new(trees, new ModelQuality(name, options.Version, "arrival more than 15 minutes late", threshold,
                PeriodQuality.Of((options.From, options.TestFrom.AddDays(-1)), its(learnt), threshold), [.. months.Select(month => PeriodQuality.Of(month.Days, its(month.Scored), threshold))]));
        }
    }

    /// <summary>The threshold at which as many training flights are called late as were late, rounded to 3 digits.</summary>
    /// <remarks>With it, false alarms and misses are equally many. It is chosen from the training rows alone; metrics.json shows how far it drifts later.</remarks>
    /// <param name="probabilities">Of the training rows, shape [rows].</param>
    /// <param name="labels">Shape [rows]; at least one is true.</param>
    public static double ThresholdOf(double[] probabilities, bool[] labels)
    {
        var sorted = (double[])probabilities.Clone();
        Array.Sort(sorted);
        return Math.Round(sorted[^labels.Count(label => label)], 3);
    }

    private static (DateOnly First, DateOnly Last) DaysOf(DateOnly month, TrainOptions options) =>
        (month < options.TestFrom ? options.TestFrom : month, month.AddMonths(1).AddDays(-1));

    /// <summary>The model's probability of every row.</summary>
    public static double[] Probabilities(BoostedTrees model, RowSet rows)
    {
        var probabilities = new double[rows.Rows];
        Parallel.For(0, (rows.Rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var start = task * RowsPerTask;
            var count = Math.Min(RowsPerTask, rows.Rows - start);
            model.Probabilities(rows.Block(start, count), probabilities.AsSpan(start, count));
        });
        return probabilities;
    }
}

/// <param name="Trees">What was learnt.</param>
/// <param name="Quality">How good it is, with its name, version and threshold.</param>
internal sealed record TrainedModel(BoostedTrees Trees, ModelQuality Quality);
