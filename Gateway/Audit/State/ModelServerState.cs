using System.Text.Json;
using MlAspire.Gateway.Forwarding;

namespace MlAspire.Gateway.Audit.State;

/// <summary>What had been changed at the model server through the gateway; what nobody changed is as its configuration and its repository say.</summary>
/// <param name="LogSettings">Of its log, by V2's names.</param>
/// <param name="Models">The last that was done to a model.</param>
public sealed record ModelServerState(IReadOnlyDictionary<string, JsonElement> LogSettings, IReadOnlyDictionary<string, ModelAction> Models)
{
    internal static ModelServerState Of(IEnumerable<ModelServerChange> changes)
    {
        var settings = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        var models = new SortedDictionary<string, ModelAction>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (change.Model is var (model, loaded))
            {
                models[model] = new(loaded, change.Timestamp, change.Actor, change.BodySha256);
            }
            else if (change is { IsLogging: true, Body: { ValueKind: JsonValueKind.Object } body })
            {
                Merge(body, settings);
            }
        }

        return new(settings, models);
    }

    /// <summary>Null gives a setting back to configuration.</summary>
    private static void Merge(JsonElement body, SortedDictionary<string, JsonElement> settings)
    {
        foreach (var setting in body.EnumerateObject())
        {
            if (setting.Value.ValueKind == JsonValueKind.Null)
            {
                settings.Remove(setting.Name);
            }
            else
            {
                settings[setting.Name] = setting.Value;
            }
        }
    }
}

/// <param name="Loaded">Else it was unloaded.</param>
/// <param name="At">When it was done.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="BodySha256">Of what was sent with it, hex digits; null when that was nothing.</param>
public sealed record ModelAction(bool Loaded, DateTimeOffset At, string Actor, string? BodySha256);
