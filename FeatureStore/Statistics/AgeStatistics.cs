namespace MlAspire.FeatureStore.Statistics;

/// <summary>How old what was read of one view was. Thread-safe.</summary>
internal sealed class AgeStatistics
{
    private readonly Lock gate = new(); // guards the seconds

    public NumberStatistics Seconds { get; } = new();

    /// <param name="microseconds">Of each row; -1 = there is none.</param>
    /// <param name="rows">Which of them.</param>
    public void AddAges(ReadOnlySpan<long> microseconds, RowSample rows)
    {
        lock (gate)
        {
            for (var row = rows.First; row < microseconds.Length; row += rows.Step)
            {
                if (microseconds[row] >= 0)
                {
                    Seconds.Add(microseconds[row] / 1e6);
                }
            }
        }
    }

    public void Add(AgeStatistics other)
    {
        lock (other.gate)
        {
            Seconds.Add(other.Seconds);
        }
    }
}
