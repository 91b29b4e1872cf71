using System.ComponentModel.DataAnnotations;

namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>How the trees are grown. The defaults are those of the committed model.</summary>
public sealed record BoostingOptions
{
    /// <summary>Number of trees, 1 to 5,000.</summary>
    [Range(1, 5000)]
    public int Trees { get; init; } = 150;

    /// <summary>Most leaves of one tree, 2 to 1,024.</summary>
    [Range(2, 1024)]
    public int Leaves { get; init; } = 31;

    /// <summary>Share of a leaf's step that is taken, above 0 to 1.</summary>
    [Range(0.0001, 1)]
    public double LearningRate { get; init; } = 0.1;

    /// <summary>λ, added to a leaf's sum of hessians, 0 or more; draws small leaves towards 0.</summary>
    [Range(0, 1e9)]
    public double L2 { get; init; } = 1;

    /// <summary>Least sum of hessians in a leaf, 0 or more. A row's hessian is p·(1−p), at most a quarter.</summary>
    [Range(0, 1e9)]
    public double MinChildWeight { get; init; } = 20;

    /// <summary>Most bins of a column, 2 to 255, one of them for missing values.</summary>
    [Range(2, FeatureBins.MaxBins)]
    public int Bins { get; init; } = FeatureBins.MaxBins;
}
