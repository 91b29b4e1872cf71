using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Verbosity;

/// <summary>A change of the rules as the audit log keeps it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When it was changed.</param>
/// <param name="Action">One of <see cref="Set"/>, <see cref="Remove"/>, <see cref="Expire"/>.</param>
/// <param name="Rule">The rule that holds from then on, or no longer.</param>
/// <param name="Actor">Name of the key that did it; null: time did.</param>
/// <param name="CorrelationId">Of the request that changed it.</param>
public sealed record VerboseRuleChange(int Schema, string Event, DateTimeOffset Timestamp, string Action, VerboseRule Rule, string? Actor = null, string? CorrelationId = null)
{
    public const string EventName = "verbose_rule_changed";
    public const string Set = "set";
    public const string Remove = "remove";
    public const string Expire = "expire";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(VerboseRule))]
[JsonSerializable(typeof(VerboseRuleRequest))]
[JsonSerializable(typeof(VerboseRuleList))]
[JsonSerializable(typeof(VerboseRuleChange))]
internal sealed partial class VerboseRuleJson : JsonSerializerContext;
