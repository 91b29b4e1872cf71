using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Audit.Reports;

/// <summary>A <see cref="Report"/> as the audit log keeps it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">One of <see cref="Names"/>.</param>
/// <param name="Timestamp">When it was reported.</param>
/// <param name="Name">Of what it is about.</param>
/// <param name="Actor">Name of the key that reports it.</param>
/// <param name="Facts">What else there is to know.</param>
/// <param name="CorrelationId">Of the request; the reporter's lines have it too.</param>
/// <param name="IdempotencyKey">Under which it may be sent again; null = each time is a record.</param>
public sealed record ReportedEvent(
    int Schema, string Event, DateTimeOffset Timestamp, string Name, string Actor, JsonElement? Facts = null, string? CorrelationId = null, string? IdempotencyKey = null)
{
    /// <summary>A model was trained; its name, and its lineage as facts. Not part of the state that stays in memory.</summary>
    public const string TrainingRun = "training_run_completed";

    /// <summary>Labels were given; how many, and their digest, as facts. As it may come as often as requests do, it is not part of the state that stays in memory.</summary>
    public const string LabelsWritten = "labels_written";

    /// <summary>The alert of this name holds from now on.</summary>
    public const string AlertFired = "alert_fired";

    /// <summary>It holds no longer.</summary>
    public const string AlertCleared = "alert_cleared";

    /// <summary>What it is found by in the log; null without an idempotency key.</summary>
    [JsonIgnore]
    public string? Id => IdempotencyKey is null ? null : IdOf(Actor, IdempotencyKey);

    // No prediction's id has a line feed.
    internal static string IdOf(string actor, string key) => $"report\n{actor}\n{key}";

    public static IReadOnlyList<string> Names { get; } = [TrainingRun, LabelsWritten, AlertFired, AlertCleared];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(ReportedEvent))]
internal sealed partial class ReportJson : JsonSerializerContext;
