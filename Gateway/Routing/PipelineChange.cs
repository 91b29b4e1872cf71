using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Routing;

/// <summary>A model's pipeline that was added, changed or removed, as the audit log keeps it before it holds. Nobody is named: a file changed.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When it was taken over.</param>
/// <param name="Model">Whose.</param>
/// <param name="Pipeline">What holds from then on; null: the model is not served any more.</param>
public sealed record PipelineChange(int Schema, string Event, DateTimeOffset Timestamp, string Model, PipelineInForce? Pipeline)
{
    public const string EventName = "pipeline_changed";

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, PipelineJson.Default.PipelineChange);

    /// <summary>The change that a record of the audit log is; null when it is something else.</summary>
    internal static PipelineChange? Parse(byte[] record) => AnyEvent.As(record, EventName, PipelineJson.Default.PipelineChange);
}

/// <summary>What decides how a model's answers come about, by its <c>pipeline.json</c>.</summary>
/// <param name="Sha256">Of the file, hex digits.</param>
/// <param name="FeatureService">That is read; null = none.</param>
/// <param name="FeatureServiceVersion">Null = its newest.</param>
/// <param name="Subject">The entity that is a person; null = none is.</param>
/// <param name="Threshold">From this number on (inclusive) the second label holds.</param>
/// <param name="Labels">Below the threshold, and from it on.</param>
/// <param name="Fallback">What answers when features are not worth it; null = nothing.</param>
public sealed record PipelineInForce(string Sha256, string? FeatureService, int? FeatureServiceVersion, string? Subject, double Threshold, IReadOnlyList<string> Labels, PipelineFallback? Fallback)
{
    internal static PipelineInForce Of(PipelineDefinition definition, string sha256) => new(
        sha256, definition.FeatureService, definition.FeatureServiceVersion, definition.Subject, definition.Output.Threshold, definition.Output.Labels, definition.Fallback);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PipelineChange))]
internal sealed partial class PipelineJson : JsonSerializerContext;
