namespace MlAspire.Monitoring.Rollouts;

/// <summary>A figure of one version over requests of many cells.</summary>
internal interface IFigure
{
    /// <summary>How many there are of what there are fewest of.</summary>
    long Count { get; }

    Estimate Estimate();
}
