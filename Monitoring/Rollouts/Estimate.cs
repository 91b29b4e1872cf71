namespace MlAspire.Monitoring.Rollouts;

/// <summary>A figure of one version.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Influences">By cell of requests, how far these moved the figure: what the figure would lose without them, to first order. They add up to 0.</param>
internal sealed record Estimate(double Value, IReadOnlyDictionary<int, double> Influences);
