using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Train;
using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Freshness;

/// <summary>Prices staleness in the quality of a model: its rows with some views' columns as a lagging store would have had them. Pure.</summary>
/// <param name="model">As it was trained, on fresh values.</param>
/// <param name="service">Its feature service.</param>
/// <param name="firstFeature">The model's column of the service's first feature; the others follow in order.</param>
/// <param name="fresh">Rows that were not learnt from.</param>
internal sealed class FreshnessPricing(BoostedTrees model, FeatureService service, int firstFeature, RowSet fresh)
{
    private readonly bool[] labels = fresh.Labels();

    /// <summary>Names of the service's views, each once.</summary>
    public IReadOnlyList<string> Views { get; } = [.. service.Views.Select(view => view.View.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>The AUC with the columns of <paramref name="views"/> from <paramref name="stale"/>, rounded to 6 digits.</summary>
    /// <param name="stale">The same flights in the same order; null = the values are missing.</param>
    public double Auc(IReadOnlyCollection<string> views, RowSet? stale)
    {
        int[] columns = [.. ColumnsOf(views)];
        var rows = new RowSet(fresh.Columns);
        for (var row = 0; row < fresh.Rows; row++)
        {
            var target = rows.Add(labels[row]);
            fresh.Row(row).CopyTo(target);
            foreach (var column in columns)
            {
                target[column] = stale is null ? float.NaN : stale.Row(row)[column];
            }
        }
        return Math.Round(ClassificationQuality.Of(FlightTrainer.Probabilities(model, rows), labels).Auc, 6);
    }

    /// <summary>Views missing one after the other, in the service's order.</summary>
    public IReadOnlyList<MissingPoint> Missing() =>
        [.. Enumerable.Range(0, Views.Count + 1).Select(count => Views.Take(count).ToArray()).Select(missing => new MissingPoint(
            Math.Round(ColumnsOf(missing).Count() / (double)ColumnsOf(Views).Count(), 3), missing, Auc(missing, null)))];

    /// <summary>The largest share up to which the model was at least as good as the fallback at every point, at least 0; null = it always was.</summary>
    public static double? ShareBefore(IReadOnlyList<MissingPoint> missing, double fallbackAuc)
    {
        var worse = missing.TakeWhile(point => point.Auc >= fallbackAuc).Count();
        return worse == missing.Count ? null : missing[Math.Max(0, worse - 1)].Share;
    }

    private IEnumerable<int> ColumnsOf(IReadOnlyCollection<string> views)
    {
        var column = firstFeature;
        foreach (var view in service.Views)
        {
            foreach (var _ in view.Features)
            {
                if (views.Contains(view.View.Name))
                {
                    yield return column;
                }
                column++;
            }
        }
    }
}
