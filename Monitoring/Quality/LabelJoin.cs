namespace MlAspire.Monitoring.Quality;

/// <summary>Brings predictions and their later labels together by prediction id, whichever comes first.</summary>
/// <param name="predictions">How many of the newest predictions are remembered; the label of a forgotten one waits like any unknown one.</param>
/// <param name="labels">How many of the newest labels without prediction wait; one that is pushed out stays unmatched for good.</param>
/// <param name="histogramOf">The histogram of a model at the time of a prediction; null when its window is forgotten, and then its label changes nothing.</param>
/// <remarks>Not thread-safe.</remarks>
internal sealed class LabelJoin(int predictions, int labels, Func<string, DateTimeOffset, ScoreHistogram?> histogramOf)
{
    private readonly BoundedMap<ScoredPrediction> scored = new(predictions);
    private readonly BoundedMap<bool> waiting = new(labels);
    private long pushedOut;

    /// <summary>Labels that belong to no prediction known here: those that wait and those pushed out while waiting.</summary>
    public long Unmatched => waiting.Count + pushedOut;

    /// <summary>Whether a prediction, known here or not, was observed positive; null while nobody said.</summary>
    public bool? Observed(string predictionId) => scored.TryGet(predictionId, out var prediction) ? prediction.Label : waiting.TryGet(predictionId, out var positive) ? positive : null;

    /// <summary>Takes a prediction and its label when that waits. An id that is known already changes nothing.</summary>
    public void Predicted(string predictionId, ScoredPrediction prediction)
    {
        if (scored.TryGet(predictionId, out _))
        {
            return;
        }

        scored.Set(predictionId, prediction);
        if (waiting.TryGet(predictionId, out var positive))
        {
            waiting.Remove(predictionId);
            Labelled(predictionId, positive);
        }
    }

    /// <summary>Takes a label. The same label again changes nothing; another one replaces the first.</summary>
    public void Labelled(string predictionId, bool positive)
    {
        if (!scored.TryGet(predictionId, out var prediction))
        {
            pushedOut += waiting.Set(predictionId, positive) ? 1 : 0;
            return;
        }

        if (histogramOf(prediction.Model, prediction.Time) is { } histogram)
        {
            if (prediction.Label is { } before)
            {
                histogram.Remove(prediction.Score, before);
            }

            histogram.Add(prediction.Score, positive);
        }

        scored.Set(predictionId, prediction with { Label = positive });
    }
}

/// <summary>A prediction as the join remembers it.</summary>
/// <param name="Model">The model that made it.</param>
/// <param name="Time">When it was made; says to which window its label counts.</param>
/// <param name="Score">The probability, in [0, 1].</param>
/// <param name="Label">Whether it was observed positive; null while it is not known.</param>
internal sealed record ScoredPrediction(string Model, DateTimeOffset Time, double Score, bool? Label = null);
