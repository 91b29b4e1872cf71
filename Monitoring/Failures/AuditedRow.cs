using System.Globalization;
using System.Text.Json;
using MlAspire.Gateway.Audit;

namespace MlAspire.Monitoring.Failures;

/// <summary>One row of a request, as its audit record says it.</summary>
/// <param name="PredictionId">Null when the request failed before it had one.</param>
/// <param name="CorrelationId">Of its request.</param>
/// <param name="Time">When its request was asked.</param>
/// <param name="Kind">How it failed; a label that is wrong is not known here.</param>
/// <param name="Label">What was answered; null when nothing was.</param>
/// <param name="Texts">What is one of a few values, by attribute.</param>
/// <param name="Numbers">What is a number, by attribute.</param>
/// <param name="Statuses">What came of the reading of its features: <c>features</c> by the worst, and each that is not PRESENT. An error or a fallback may be just that.</param>
internal sealed record AuditedRow(
    string? PredictionId, string? CorrelationId, DateTimeOffset Time, FailureKinds Kind, string? Label,
    IReadOnlyList<KeyValuePair<string, string>> Texts, IReadOnlyList<KeyValuePair<string, double>> Numbers, IReadOnlyList<KeyValuePair<string, string>> Statuses)
{
    private const string Present = "PRESENT";

    /// <summary>The row in a record of the gateway's audit log; null when it is of something else, or of another model.</summary>
    /// <remarks>An answer of the fallback is the asked model's row. It has no version and no arm, as it would be these that failed.</remarks>
    public static AuditedRow? Of(JsonElement record, string model)
    {
        var failed = record.TextOf("event") == RequestEvents.Failed;
        var fallbackFor = record.TextOf("fallback_for");
        if ((!failed && record.TextOf("event") != RequestEvents.Answered) || (fallbackFor ?? record.TextOf("model")) != model)
        {
            return null;
        }

        var attributes = new Attributes();
        var time = record.Time();
        attributes.Add("hour", time.UtcDateTime.ToString("HH", CultureInfo.InvariantCulture));
        attributes.Add("caller", record.TextOf("caller"));
        if (fallbackFor is null)
        {
            attributes.Add("model_version", record.TextOf("model_version"));
            attributes.Add("arm", record.TextOf("arm"));
        }

        AddInputs(attributes, record);
        AddFeatures(attributes, record);
        var label = record.TryGetProperty("prediction", out var prediction) ? prediction.TextOf("label") : null;
        var kind = failed ? FailureKinds.Error : fallbackFor is null ? FailureKinds.None : FailureKinds.Fallback;
        return new(record.TextOf("prediction_id"), record.TextOf("correlation_id"), time, kind, label, attributes.Texts, attributes.Numbers, attributes.Statuses);
    }

    /// <summary>A request as one, with what all its rows have in common.</summary>
    public static AuditedRow OfRequest(IReadOnlyList<AuditedRow> rows) => rows.Count == 1 ? rows[0] : rows[0] with
    {
        Texts = [.. rows[0].Texts.Where(text => rows.All(row => row.Texts.Contains(text)))],
        Numbers = [.. rows[0].Numbers.Where(number => rows.All(row => row.Numbers.Contains(number)))],
    };

    private static void AddInputs(Attributes attributes, JsonElement record)
    {
        foreach (var entity in MembersOf(record, "entities"))
        {
            attributes.Add($"entities.{entity.Name}", entity.Value.GetString());
        }

        foreach (var input in MembersOf(record, "inputs"))
        {
            if (input.Value.ValueKind == JsonValueKind.Number)
            {
                attributes.Add($"inputs.{input.Name}", input.Value.GetDouble());
            }
            else if (input.Value.TryGetDateTimeOffset(out var time))
            {
                attributes.Add($"inputs.{input.Name}.hour", time.ToString("HH", CultureInfo.InvariantCulture)); // of the local clock
            }
        }
    }

    /// <summary>A feature's value when it is there, else its status; and the worst of all, in <c>features</c>.</summary>
    private static void AddFeatures(Attributes attributes, JsonElement record)
    {
        if (record.TextOf("feature_service") is null)
        {
            return;
        }

        string[] statuses = [.. MembersOf(record, "input_features").Select(feature => feature.Value.TextOf("status") ?? "")];
        attributes.AddStatus("features", statuses.Length == 0 ? "not read" : statuses.All(status => status == Present) ? "present" : statuses.All(status => status is Present or "STALE") ? "stale" : "missing");
        foreach (var feature in MembersOf(record, "input_features"))
        {
            if (feature.Value.TextOf("status") == Present && feature.Value.GetProperty("value") is { ValueKind: JsonValueKind.Number } value)
            {
                attributes.Add($"input_features.{feature.Name}", value.GetDouble());
            }
            else
            {
                attributes.AddStatus($"input_features.{feature.Name}", feature.Value.TextOf("status") ?? "");
            }
        }
    }

    private static JsonElement.ObjectEnumerator MembersOf(JsonElement record, string name) =>
        record.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member.EnumerateObject() : default;

    private sealed class Attributes
    {
        public List<KeyValuePair<string, string>> Texts { get; } = [];

        public List<KeyValuePair<string, double>> Numbers { get; } = [];

        public List<KeyValuePair<string, string>> Statuses { get; } = [];

        public void Add(string name, string? value)
        {
            if (value is not null)
            {
                Texts.Add(new(name, value));
            }
        }

        public void Add(string name, double value) => Numbers.Add(new(name, value));

        public void AddStatus(string name, string value) => Statuses.Add(new(name, value));
    }
}
