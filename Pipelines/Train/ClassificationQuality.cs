namespace MlAspire.Pipelines.Train;

/// <summary>How well probabilities of lateness went with what happened.</summary>
/// <param name="Rows">Number of flights.</param>
/// <param name="LateShare">Share of them that were late.</param>
/// <param name="Auc">Area under the ROC curve: the chance that a late flight had a higher probability than one on time, ties counting half; NaN when all were the same.</param>
/// <param name="Brier">Mean of (p − y)²; smaller is better.</param>
/// <param name="LogLoss">Mean of −ln of the probability of what happened, with p kept in [1e-7, 1 − 1e-7]; smaller is better.</param>
internal sealed record ClassificationQuality(int Rows, double LateShare, double Auc, double Brier, double LogLoss)
{
    /// <summary>Measures the probabilities; O(n log n).</summary>
    /// <param name="probabilities">Shape [rows], in [0, 1].</param>
    /// <param name="labels">Shape [rows].</param>
    public static ClassificationQuality Of(double[] probabilities, bool[] labels)
    {
        if (probabilities.Length != labels.Length || labels.Length == 0)
        {
            throw new ArgumentException($"{probabilities.Length} probabilities and {labels.Length} labels: at least one and as many of both are needed", nameof(labels));
        }
        double squares = 0, logs = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var p = Math.Clamp(probabilities[i], 1e-7, 1 - 1e-7);
            var error = probabilities[i] - (labels[i] ? 1 : 0);
            squares += error * error;
            logs -= Math.Log(labels[i] ? p : 1 - p);
        }
        var late = labels.Count(label => label);
        return new ClassificationQuality(labels.Length, late / (double)labels.Length, AreaUnderCurve(probabilities, labels, late), squares / labels.Length, logs / labels.Length);
    }

    /// <summary>The rank sum of Mann and Whitney, as an integer of half ranks: exact for any number of ties.</summary>
    private static double AreaUnderCurve(double[] probabilities, bool[] labels, int late)
    {
        var sorted = (double[])probabilities.Clone();
        var sortedLabels = (bool[])labels.Clone();
        Array.Sort(sorted, sortedLabels);
        long halfRanks = 0;
        for (var start = 0; start < sorted.Length;)
        {
            var (end, lateHere) = (start, 0);
            for (; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
                lateHere += sortedLabels[end] ? 1 : 0;
            }
            halfRanks += (long)lateHere * (start + end + 1);
            start = end;
        }
        long onTime = labels.Length - late;
        return (halfRanks - ((long)late * (late + 1))) / (2.0 * late * onTime);
    }
}
