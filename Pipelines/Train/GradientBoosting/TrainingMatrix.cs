namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>The training rows as bins, column by column.</summary>
public sealed class TrainingMatrix
{
    private readonly byte[][] bins;
    private readonly FeatureBins[] features;

    /// <summary>Bins every column, several columns at a time.</summary>
    /// <param name="columns">Shape [columns][rows]; NaN is missing.</param>
    /// <param name="labels">True is the class whose probability is learnt; shape [rows].</param>
    /// <param name="maxBins">See <see cref="BoostingOptions.Bins"/>.</param>
    public TrainingMatrix(IReadOnlyList<float[]> columns, bool[] labels, int maxBins)
    {
        Labels = labels;
        bins = new byte[columns.Count][];
        features = new FeatureBins[columns.Count];
        Parallel.For(0, columns.Count, column =>
        {
            features[column] = FeatureBins.Of(columns[column], maxBins);
            bins[column] = [.. columns[column].Select(features[column].BinOf)];
        });
    }

    public int Rows => Labels.Length;

    public int Columns => bins.Length;

    public bool[] Labels { get; }

    /// <summary>The bin of every row in a column, shape [rows].</summary>
    public byte[] Bins(int column) => bins[column];

    public FeatureBins Feature(int column) => features[column];
}
