namespace MlAspire.Monitoring.Rollouts;

/// <summary>The area under the ROC curve of labelled scores, exact, with what each cell contributes to its error. Not thread-safe.</summary>
internal sealed class CellAuc : IFigure
{
    private readonly List<(double Score, int Cell, bool Positive)> rows = [];

    private int positiveRows;

    public int Labels => rows.Count;

    public long Count => Math.Min(positiveRows, rows.Count - positiveRows);

    public void Add(int cell, double score, bool positive)
    {
        rows.Add((score, cell, positive));
        positiveRows += positive ? 1 : 0;
    }

    /// <summary>Probability that a random positive scores higher than a random negative, ties counted half. O(n log n).</summary>
    /// <remarks>
    /// A positive's component is the share of the negatives below it, a negative's the share of the positives above it; a cell's influence is the sum over its rows of (component − area) / number of its label.
    /// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Comparing the Areas under Two or More Correlated Receiver Operating Characteristic Curves, Biometrics 44 (1988), V10 and V01;
    /// for rows that belong together: N. A. Obuchowski, Nonparametric Analysis of Clustered ROC Curve Data, Biometrics 53 (1997).
    /// </remarks>
    public Estimate Estimate()
    {
        rows.Sort((one, other) => one.Score.CompareTo(other.Score));
        var (positives, negatives) = ((double)positiveRows, (double)(rows.Count - positiveRows));
        var (positivesBelow, negativesBelow, area) = (0, 0, 0.0);
        var cells = new Dictionary<int, (double Sum, double Weight)>();
        for (int from = 0, to; from < rows.Count; from = to)
        {
            var (tiedPositives, tiedNegatives) = (0, 0);
            for (to = from; to < rows.Count && rows[to].Score.Equals(rows[from].Score); to++)
            {
                (tiedPositives, tiedNegatives) = rows[to].Positive ? (tiedPositives + 1, tiedNegatives) : (tiedPositives, tiedNegatives + 1);
            }

            var ofPositive = (negativesBelow + (tiedNegatives / 2.0)) / negatives;
            var ofNegative = (positives - positivesBelow - (tiedPositives / 2.0)) / positives;
            foreach (var (_, cell, positive) in rows[from..to])
            {
                var (sum, weight) = cells.GetValueOrDefault(cell);
                cells[cell] = positive ? (sum + (ofPositive / positives), weight + (1 / positives)) : (sum + (ofNegative / negatives), weight + (1 / negatives));
            }

            area += tiedPositives * ofPositive / positives;
            (positivesBelow, negativesBelow) = (positivesBelow + tiedPositives, negativesBelow + tiedNegatives);
        }

        return new(area, cells.ToDictionary(cell => cell.Key, cell => cell.Value.Sum - (cell.Value.Weight * area)));
    }
}
