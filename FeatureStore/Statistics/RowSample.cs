namespace MlAspire.FeatureStore.Statistics;

/// <summary>Which rows of a request its statistics look at: all up to 16; of more 16 at the most, evenly spread, from a row on that goes on with every request.</summary>
/// <remarks>So that to count costs a request of 1,000 rows no more than one of 16. Every row is as likely to be looked at as any other of its request.</remarks>
internal readonly record struct RowSample(int First, int Step)
{
    private const int MaxRows = 16;

    /// <param name="request">Number of the request.</param>
    public static RowSample Of(int rows, int request)
    {
        var step = Math.Max(1, (rows + MaxRows - 1) / MaxRows);
        return new RowSample((int)((uint)request % (uint)step), step);
    }
}
