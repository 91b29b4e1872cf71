using System.Text.Json;

namespace MlAspire.Gateway.Audit.State;

/// <summary>What had been changed at the model server through the gateway; what nobody changed is as its configuration and its repository say.</summary>
/// <param name="LogSettings">Of its log, by V2's names.</param>
/// <param name="Models">The last that was done to a model.</param>
/// <param name="Unconfirmed">What was asked and had no answer, or none that says whether it was made; oldest first.</param>
public sealed record ModelServerState(IReadOnlyDictionary<string, JsonElement> LogSettings, IReadOnlyDictionary<string, ModelAction> Models, IReadOnlyList<UnconfirmedChange> Unconfirmed);

/// <param name="Loaded">Else it was unloaded.</param>
/// <param name="At">When it was done.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="BodySha256">Of what was sent with it, hex digits; null when that was nothing.</param>
public sealed record ModelAction(bool Loaded, DateTimeOffset At, string Actor, string? BodySha256);

/// <param name="Path">Of V2, with its model.</param>
/// <param name="At">When it was asked.</param>
/// <param name="Actor">Who asked.</param>
public sealed record UnconfirmedChange(string Path, DateTimeOffset At, string Actor);
