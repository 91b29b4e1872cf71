using System.Numerics;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Statistics;

/// <summary>Count, mean, spread, ends and histogram of numbers, of constant size. Two add up to those of all their numbers. Not thread-safe.</summary>
/// <remarks>Source: T. Chan, G. Golub, R. LeVeque, <see href="http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf">Updating formulae and a pairwise algorithm for computing sample variances</see>, 1979, eq. 2.1: no square of a large number is subtracted from another.</remarks>
internal sealed class NumberStatistics
{
    private double squares; // of the distances from the mean

    public long Count { get; private set; }

    /// <summary>NaN without numbers, as are the others.</summary>
    public double Mean { get; private set; } = double.NaN;

    /// <summary>Of these numbers as all there are: divided by their count.</summary>
    public double StandardDeviation => Math.Sqrt(squares / Count);

    public double Min { get; private set; } = double.NaN;

    public double Max { get; private set; } = double.NaN;

    public LogHistogram Histogram { get; } = new();

    public void Add(double value)
    {
        Histogram.Add(value);
        Add((1, value, 0, value, value));
    }

    /// <summary>Adds those values that are there, and finite; not defaults, which say nothing of what is stored.</summary>
    /// <param name="statuses">Of each value; same shape.</param>
    /// <param name="rows">Which of them.</param>
    public void Add<T>(ReadOnlySpan<T> values, ReadOnlySpan<FieldStatus> statuses, RowSample rows) where T : INumberBase<T>
    {
        var (count, sum, min, max) = (0L, 0d, double.PositiveInfinity, double.NegativeInfinity);
        for (var i = rows.First; i < values.Length; i += rows.Step)
        {
            if (!IsStored(statuses[i]) || !T.IsFinite(values[i]))
            {
                continue;
            }
            var value = double.CreateTruncating(values[i]);
            Histogram.Add(value);
            (count, sum, min, max) = (count + 1, sum + value, Math.Min(min, value), Math.Max(max, value));
        }
        if (count == 0)
        {
            return;
        }
        var (mean, distances) = (sum / count, 0d);
        for (var i = rows.First; i < values.Length; i += rows.Step)
        {
            if (!IsStored(statuses[i]) || !T.IsFinite(values[i]))
            {
                continue;
            }
            var distance = double.CreateTruncating(values[i]) - mean;
            distances += distance * distance;
        }
        Add((count, mean, distances, min, max));
    }

    public void Add(NumberStatistics other)
    {
        Histogram.Add(other.Histogram);
        if (other.Count > 0)
        {
            Add((other.Count, other.Mean, other.squares, other.Min, other.Max));
        }
    }

    private static bool IsStored(FieldStatus status) => status is FieldStatus.Present or FieldStatus.Stale;

    private void Add((long Count, double Mean, double Squares, double Min, double Max) other)
    {
        if (Count == 0)
        {
            (Count, Mean, squares, Min, Max) = other;
        }
        else
        {
            var (all, distance) = (Count + other.Count, other.Mean - Mean);
            squares += other.Squares + distance * distance * Count / all * other.Count;
            Mean += distance * other.Count / all;
            (Count, Min, Max) = (all, Math.Min(Min, other.Min), Math.Max(Max, other.Max));
        }
    }
}
