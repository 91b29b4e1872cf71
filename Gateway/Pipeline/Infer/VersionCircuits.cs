using System.Collections.Concurrent;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>Under which circuit breaker a call to the model server is: each version that the model's plan names has its own, and so has what the model's version policy picks while the plan names no champion. So a canary that fails is left alone, and the champion answers.</summary>
/// <remarks>
/// What callers name beside the plan shares one circuit, of all models: nobody opens the plan's circuits, or makes new ones, by asking for versions.
/// A version that left the plan keeps its circuit until the restart; of more than <see cref="Most"/> the later ones share too. Thread-safe.
/// </remarks>
internal sealed class VersionCircuits(RouteTable routes)
{
    public const int Most = 1_000;

    private readonly ConcurrentDictionary<(string Model, string? Version), string> names = [];

    /// <returns>The circuit's name, <c>flight-delay/2</c>; null = the shared one.</returns>
    public string? Of(ModelRoute route)
    {
        var key = (route.Name, route.Version);
        if (route.Version is not null && !routes.PlanOf(route.Name).Versions.Any(named => named.Version == route.Version))
        {
            return null;
        }

        return names.TryGetValue(key, out var name) ? name
            : names.Count < Most ? names.GetOrAdd(key, route.Version is null ? route.Name : $"{route.Name}/{route.Version}")
            : null;
    }
}
