using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Monitoring.Health;

/// <summary>One verdict on all services, as of the last look.</summary>
/// <param name="Status">The worst of the services': <c>Healthy</c>, <c>Degraded</c> or <c>Unhealthy</c>.</param>
/// <param name="Services">What each says of itself on <c>/health/ready</c>; one that does not answer is <c>Unhealthy</c>.</param>
/// <param name="FiringRules">The log rules that fire.</param>
internal sealed record SystemHealth(string Status, IReadOnlyDictionary<string, HealthBody> Services, IReadOnlyList<string> FiringRules);
