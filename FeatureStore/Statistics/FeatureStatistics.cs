using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Statistics;

/// <summary>What was answered of one feature: how many values of each status, and of numbers (a BOOL is 0 or 1) their statistics. Thread-safe.</summary>
internal sealed class FeatureStatistics
{
    private readonly Lock gate = new(); // guards the counts and the numbers
    private readonly long[] statuses = new long[FieldStatuses.Count];

    public NumberStatistics Numbers { get; } = new();

    /// <summary>Values answered, there or not.</summary>
    public long Count => statuses.Sum();

    /// <summary>Share of the values that were not there, in [0, 1]; NaN when none was asked for.</summary>
    public double NullShare => 1 - (double)(Of(FieldStatus.Present) + Of(FieldStatus.Stale)) / Count;

    /// <summary>Values answered with the status.</summary>
    public long Of(FieldStatus status) => statuses[(int)status];

    /// <summary>Counts a column of an answer.</summary>
    /// <param name="rows">Which of its rows.</param>
    public void Add(OnlineFeature feature, RowSample rows)
    {
        lock (gate)
        {
            for (var row = rows.First; row < feature.Statuses.Length; row += rows.Step)
            {
                statuses[(int)feature.Statuses[row]]++;
            }
            switch (feature.Values)
            {
                case double[] values: Numbers.Add<double>(values, feature.Statuses, rows); break;
                case float[] values: Numbers.Add<float>(values, feature.Statuses, rows); break;
                case long[] values: Numbers.Add<long>(values, feature.Statuses, rows); break;
                case int[] values: Numbers.Add<int>(values, feature.Statuses, rows); break;
                case bool[] values: Numbers.Add(MemoryMarshal.Cast<bool, byte>(values), feature.Statuses, rows); break;
            }
        }
    }

    /// <summary>Counts what <paramref name="other"/> has counted.</summary>
    public void Add(FeatureStatistics other)
    {
        lock (other.gate)
        {
            for (var i = 0; i < statuses.Length; i++)
            {
                statuses[i] += other.statuses[i];
            }
            Numbers.Add(other.Numbers);
        }
    }
}
