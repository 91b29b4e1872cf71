using System.Text.Json;

namespace MlAspire.Gateway.Audit.State;

/// <summary>An alert that held.</summary>
/// <param name="Since">When it was reported.</param>
/// <param name="Actor">Who reported it.</param>
/// <param name="Facts">What was said of it; null = nothing.</param>
public sealed record AlertInForce(DateTimeOffset Since, string Actor, JsonElement? Facts);
