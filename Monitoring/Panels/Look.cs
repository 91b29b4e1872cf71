namespace MlAspire.Monitoring.Panels;

/// <summary>What the services that were reached said of their metrics.</summary>
/// <param name="At">When, for the axis.</param>
/// <param name="Elapsed">Since any moment that is the same for all looks, for rates.</param>
/// <param name="Services">By name.</param>
internal sealed record Look(DateTimeOffset At, TimeSpan Elapsed, IReadOnlyDictionary<string, MetricsText> Services);
