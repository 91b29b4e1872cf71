using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Windows;

namespace MlAspire.Monitoring.Summary;

/// <summary>What is known of every model: counts, latency, outputs and quality in windows of time.</summary>
/// <remarks>In memory; rebuilt from the stream at the start (labels are not). Thread-safe.</remarks>
internal sealed class ModelStatistics
{
    private readonly TimeProvider time;
    private readonly WindowOptions windowOptions;
    private readonly LabelJoin join;

    // Guards everything below; held for microseconds.
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, WatchedModel> models = new(StringComparer.Ordinal);

    public ModelStatistics(TimeProvider time, IOptions<WindowOptions> windows, IOptions<QualityOptions> quality)
    {
        this.time = time;
        windowOptions = windows.Value;
        join = new(quality.Value.Predictions, quality.Value.Labels, HistogramOf);
    }

    /// <summary>Takes one event. One of a window that is forgotten changes nothing.</summary>
    /// <returns>False when it was skipped because too many models are watched already.</returns>
    public bool Record(PredictionEvent prediction)
    {
        lock (gate)
        {
            if (WatchedOf(prediction.Model) is not { } model)
            {
                return false;
            }

            if (model.Windows.At(prediction.Time, time.GetUtcNow()) is not { } window)
            {
                return true;
            }

            if (prediction.Arm == PredictionEvent.Shadow)
            {
                Compare(prediction, window);
            }
            else if (prediction.Status == PredictionEvent.Ok)
            {
                Count(prediction, model, window);
            }
            else
            {
                window.Errors++;
            }

            return true;
        }
    }

    public void Label(IReadOnlyList<FeedbackLabel> labels)
    {
        lock (gate)
        {
            foreach (var label in labels)
            {
                join.Labelled(label.PredictionId, label.Positive);
            }
        }
    }

    /// <summary>Whether a prediction's label is not what was observed; null while that is not known, or forgotten.</summary>
    public bool? IsWrong(string model, string predictionId, string label)
    {
        lock (gate)
        {
            return models.GetValueOrDefault(model)?.PositiveLabel is { } positive && join.Observed(predictionId) is { } observed ? observed != (label == positive) : null;
        }
    }

    /// <summary>The whole time that is remembered.</summary>
    public TimeSpan Span => windowOptions.Length * windowOptions.Count;

    /// <summary>Names of the models that were seen, sorted.</summary>
    public IReadOnlyList<string> Models
    {
        get
        {
            lock (gate)
            {
                return [.. models.Keys];
            }
        }
    }

    /// <summary>The model's figures; null when it was never seen.</summary>
    public ModelSummary? Summary(string name)
    {
        lock (gate)
        {
            return models.TryGetValue(name, out var model) ? Summarise(name, model) : null;
        }
    }

    /// <summary>The model's windows, oldest first, one entry each; empty when it was never seen.</summary>
    public IReadOnlyList<WindowSummary> History(string name)
    {
        lock (gate)
        {
            return models.TryGetValue(name, out var model) ? [.. model.Windows.Latest(time.GetUtcNow()).Select(Summarise)] : [];
        }
    }

    private void Count(PredictionEvent prediction, WatchedModel model, ModelWindow window)
    {
        window.Predictions++;
        model.PositiveLabel = prediction.PositiveLabel;
        window.Positive += prediction.Label == prediction.PositiveLabel ? 1 : 0;
        window.Latency.Add(prediction.LatencyMs);
        model.LastPrediction = model.LastPrediction > prediction.Time ? model.LastPrediction : prediction.Time;
        if (prediction.Probability is { } probability)
        {
            window.Scored++;
            window.ProbabilitySum += probability;
            if (prediction.PredictionId is { } id)
            {
                join.Predicted(id, new(prediction.Model, prediction.Time, probability));
            }
        }
    }

    /// <summary>A shadow answers nobody: it counts only beside what was answered.</summary>
    private static void Compare(PredictionEvent shadow, ModelWindow window)
    {
        if (shadow is { Status: PredictionEvent.Ok, Probability: { } said, AnsweredProbability: { } answered })
        {
            window.ShadowPairs++;
            window.ShadowDisagreements += shadow.Label == shadow.AnsweredLabel ? 0 : 1;
            window.ShadowDifferenceSum += Math.Abs(said - answered);
        }
        else
        {
            window.ShadowErrors++;
        }
    }

    private ModelSummary Summarise(string name, WatchedModel model)
    {
        var latest = model.Windows.Latest(time.GetUtcNow());
        var used = latest.Where(window => window.Value is not null).ToArray();
        var total = new ModelWindow();
        foreach (var (_, window) in used)
        {
            total.Merge(window!);
        }

        return new(
            name, model.PositiveLabel, total.Predictions, total.Errors, LatencySummary.Of(total.Latency), Share(total.Positive, total.Predictions), Share(total.ProbabilitySum, total.Scored),
            new(total.Scores.Count, join.Unmatched), Share(total.Scores.Positives, total.Scores.Count), total.Scores.AreaUnderCurve(),
            used.Length == 0 ? null : used[0].Start, model.LastPrediction, ShadowOf(total));
    }

    private static ShadowSummary? ShadowOf(ModelWindow total) => total.ShadowPairs + total.ShadowErrors == 0
        ? null
        : new(total.ShadowPairs, total.ShadowErrors, Share(total.ShadowDisagreements, total.ShadowPairs), Share(total.ShadowDifferenceSum, total.ShadowPairs));

    private static WindowSummary Summarise((DateTimeOffset Start, ModelWindow? Value) window) => window.Value is not { } value
        ? new(window.Start, 0, 0, new(null, null, null), null, null, 0)
        : new(
            window.Start, value.Predictions, value.Errors, LatencySummary.Of(value.Latency), Share(value.Positive, value.Predictions),
            Share(value.Scores.Positives, value.Scores.Count), value.Scores.Count);

    private static double? Share(double part, long whole) => whole == 0 ? null : part / whole;

    private WatchedModel? WatchedOf(string name)
    {
        if (models.TryGetValue(name, out var model))
        {
            return model;
        }

        if (models.Count == windowOptions.Models)
        {
            return null;
        }

        return models[name] = new(new(windowOptions.Length, windowOptions.Count));
    }

    private ScoreHistogram? HistogramOf(string name, DateTimeOffset at) => WatchedOf(name)?.Windows.At(at, time.GetUtcNow())?.Scores;

    private sealed class WatchedModel(TimeWindows<ModelWindow> windows)
    {
        public TimeWindows<ModelWindow> Windows => windows;

        public DateTimeOffset? LastPrediction { get; set; }

        /// <summary>As the newest event says.</summary>
        public string? PositiveLabel { get; set; }
    }
}

/// <summary>One window of one model; the names mean what they mean in <see cref="ModelSummary"/>.</summary>
internal sealed record WindowSummary(
    DateTimeOffset Start, long Predictions, long Errors, LatencySummary LatencyMs, double? PredictedPositiveShare, double? ObservedPositiveShare, long Labelled);
