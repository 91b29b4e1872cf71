namespace MlAspire.Gateway.Access;

/// <summary>Who sent a request.</summary>
/// <param name="Name">Name of the key, or <see cref="AnonymousName"/>; goes into audit records and metrics, as the set of keys is bounded.</param>
/// <param name="Scopes">What the caller may do.</param>
internal sealed record Caller(string Name, Scope Scopes)
{
    public const string AnonymousName = "anonymous";
}
