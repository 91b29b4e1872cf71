using System.Text.Json;
using MlAspire.Gateway.Forwarding;

namespace MlAspire.Gateway.Audit.State;

/// <summary>Makes the state of the model server of what it was asked and what it answered, in the log's order.</summary>
internal sealed class ModelServerHistory
{
    private readonly SortedDictionary<string, JsonElement> logSettings = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ModelAction> models = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<Guid, ModelServerChange> asked = []; // what is not known to be made or refused

    public void Add(ModelServerChange change) => asked.Add(change.Id, change);

    public void Add(ModelServerAnswer answer)
    {
        if (answer.IsMade is { } isMade && asked.Remove(answer.Id, out var change) && isMade)
        {
            Make(change, answer.Timestamp);
        }
    }

    public ModelServerState State() => new(logSettings, models, [.. asked.Values.Select(change => new UnconfirmedChange(change.Path, change.Timestamp, change.Actor))]);

    private void Make(ModelServerChange change, DateTimeOffset at)
    {
        foreach (var earlier in asked.Values.Where(each => each.IsLogging == change.IsLogging && each.Model?.Model == change.Model?.Model).ToList())
        {
            asked.Remove(earlier.Id); // whatever became of it, this holds now
        }

        if (change.Model is var (model, loaded))
        {
            models[model] = new(loaded, at, change.Actor, change.BodySha256);
        }
        else if (change is { IsLogging: true, Body: { ValueKind: JsonValueKind.Object } body })
        {
            Merge(body);
        }
    }

    /// <summary>The server takes null for all levels that are named, or not at all, and then the level is its configuration's again.</summary>
    private void Merge(JsonElement settings)
    {
        foreach (var setting in settings.EnumerateObject())
        {
            if (setting.Value.ValueKind == JsonValueKind.Null)
            {
                logSettings.Clear();
            }
            else
            {
                logSettings[setting.Name] = setting.Value;
            }
        }
    }
}
