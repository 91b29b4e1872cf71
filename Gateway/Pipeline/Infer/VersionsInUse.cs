using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>How many predict requests, and requests of a shadow, still need each version: none of one that has left its plan means that it is drained. Thread-safe.</summary>
/// <remarks>Has as many entries as there are requests in progress at most: who names versions makes none that stay.</remarks>
internal sealed class VersionsInUse
{
    /// <summary>Stands for what the model's version policy picks.</summary>
    public const string ByPolicy = "policy";

    private readonly Lock gate = new(); // guards requests
    private readonly Dictionary<(string Model, string Version), int> requests = [];

    /// <summary>Counts a request to the route's version until the result is disposed.</summary>
    public IDisposable Enter(ModelRoute route)
    {
        var key = (route.Name, route.Version ?? ByPolicy);
        lock (gate)
        {
            requests[key] = requests.GetValueOrDefault(key) + 1;
        }

        return new Use(this, key);
    }

    /// <returns>By version, none with 0.</returns>
    public IReadOnlyDictionary<string, int> Of(string model)
    {
        lock (gate)
        {
            return requests.Where(each => each.Key.Model == model).ToDictionary(each => each.Key.Version, each => each.Value);
        }
    }

    private void Leave((string Model, string Version) key)
    {
        lock (gate)
        {
            if (--requests[key] == 0)
            {
                requests.Remove(key);
            }
        }
    }

    private sealed class Use(VersionsInUse owner, (string Model, string Version) key) : IDisposable
    {
        public void Dispose() => owner.Leave(key);
    }
}
