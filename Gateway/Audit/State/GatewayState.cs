using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.Gateway.Forwarding;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Verbosity;

namespace MlAspire.Gateway.Audit.State;

/// <summary>What held at a moment, by the audit log alone.</summary>
/// <param name="At">The moment; a change holds from its own timestamp on, inclusive.</param>
/// <param name="Routes">Each model's aliases, canary and shadow; a model that is not here had no plan: its own version policy decided.</param>
/// <param name="Pipelines">What decided how each model's answers came about; a model that is not here was not served.</param>
/// <param name="Versions">Which versions of each model had answered, in the order of their first answers.</param>
/// <param name="VerboseRules">Whose Debug lines were written, by the rules' names.</param>
/// <param name="ModelServer">What had been changed at the model server.</param>
/// <param name="Alerts">Those that were reported and held, by name.</param>
public sealed record GatewayState(
    DateTimeOffset At, IReadOnlyDictionary<string, RoutePlan> Routes, IReadOnlyDictionary<string, PipelineInForce> Pipelines, IReadOnlyDictionary<string, IReadOnlyList<AnsweredVersion>> Versions,
    IReadOnlyList<VerboseRule> VerboseRules, ModelServerState ModelServer, IReadOnlyDictionary<string, AlertInForce> Alerts)
{
    internal static GatewayState Of(AuditLog log, DateTimeOffset at)
    {
        var models = new ModelHistory();
        var rules = new SortedDictionary<string, VerboseRule>(StringComparer.Ordinal);
        var server = new ModelServerHistory();
        var alerts = new SortedDictionary<string, AlertInForce>(StringComparer.Ordinal);
        foreach (var record in log.Events)
        {
            switch (AnyEvent.NameOf(record))
            {
                case RouteChange.EventName when Read(record, RouteJson.Default.RouteChange) is var route && route.Timestamp <= at:
                    models.Add(route);
                    break;
                case PipelineChange.EventName when PipelineChange.Parse(record) is { } pipeline && pipeline.Timestamp <= at:
                    models.Add(pipeline);
                    break;
                case VersionFirstAnswered.EventName when VersionFirstAnswered.Parse(record) is { } version && version.Timestamp <= at:
                    models.Add(version);
                    break;
                case VerboseRuleChange.EventName when Read(record, VerboseRuleJson.Default.VerboseRuleChange) is var change && change.Timestamp <= at:
                    Apply(change, rules);
                    break;
                case ModelServerChange.EventName when Read(record, ModelServerJson.Default.ModelServerChange) is var asked && asked.Timestamp <= at:
                    server.Add(asked);
                    break;
                case ModelServerAnswer.EventName when Read(record, ModelServerJson.Default.ModelServerAnswer) is var answer && answer.Timestamp <= at:
                    server.Add(answer);
                    break;
                case ReportedEvent.AlertFired or ReportedEvent.AlertCleared when Read(record, ReportJson.Default.ReportedEvent) is var alert && alert.Timestamp <= at:
                    Apply(alert, alerts);
                    break;
            }
        }

        return new(at, models.Routes, models.Pipelines, models.Versions, [.. rules.Values.Where(rule => at < rule.Expires)], server.State(), alerts);
    }

    private static void Apply(VerboseRuleChange change, SortedDictionary<string, VerboseRule> rules)
    {
        rules.Remove(change.Rule.Name);
        if (change.Action == VerboseRuleChange.Set)
        {
            rules.Add(change.Rule.Name, change.Rule);
        }
    }

    private static void Apply(ReportedEvent alert, SortedDictionary<string, AlertInForce> alerts)
    {
        alerts.Remove(alert.Name);
        if (alert.Event == ReportedEvent.AlertFired)
        {
            alerts.Add(alert.Name, new(alert.Timestamp, alert.Actor, alert.Facts));
        }
    }

    private static T Read<T>(byte[] record, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(record, type)!;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GatewayState))]
internal sealed partial class StateJson : JsonSerializerContext;
