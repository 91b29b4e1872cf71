namespace MlAspire.Monitoring.Rollouts;

/// <summary>The mean of a figure over requests, kept by cell. Not thread-safe.</summary>
internal sealed class CellMean : IFigure
{
    private readonly Dictionary<int, (long Count, double Sum)> cells = [];

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public void Add(int cell, double value)
    {
        var before = cells.GetValueOrDefault(cell);
        cells[cell] = (before.Count + 1, before.Sum + value);
        (Count, Sum) = (Count + 1, Sum + value);
    }

    /// <returns>NaN when nothing was added. A cell of n values with the sum s moves the mean m of N values by (s − n·m) / N.</returns>
    public Estimate Estimate()
    {
        var mean = Sum / Count;
        return new(mean, cells.ToDictionary(cell => cell.Key, cell => (cell.Value.Sum - (cell.Value.Count * mean)) / Count));
    }
}
