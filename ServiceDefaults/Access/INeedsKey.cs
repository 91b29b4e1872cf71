namespace MlAspire.ServiceDefaults.Access;

/// <summary>Metadata of a route that only holders of a key may call.</summary>
public interface INeedsKey
{
    /// <summary>What the key must be good for; null = every known key is.</summary>
    string? Scope { get; }

    /// <summary>Whether the key may come as the password of HTTP Basic, as browsers ask for it.</summary>
    bool OrPassword => false;
}
