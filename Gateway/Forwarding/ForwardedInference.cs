using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Forwarding;

/// <summary>An inference that was forwarded as it is, as the audit log keeps it: who asked which model, and what was said, by digest.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When the answer had come.</param>
/// <param name="CorrelationId">Of the request.</param>
/// <param name="TraceId">Of the request; null when nothing traces.</param>
/// <param name="Caller">Name of who asked.</param>
/// <param name="Model">That was asked.</param>
/// <param name="ModelVersion">That was asked for; null when it was left to the model server.</param>
/// <param name="ModelDigest">Of the bytes that answered, <c>sha256:</c> and hex digits; null when the model server did not say.</param>
/// <param name="RequestSha256">Of the request's body, hex digits; null when it was not read to its end.</param>
/// <param name="AnswerSha256">Of the answer's body, hex digits; null when it did not come to its end.</param>
/// <param name="Status">HTTP status that the caller gets; 499 when it went away.</param>
internal sealed record ForwardedInference(
    int Schema, string Event, DateTimeOffset Timestamp, string? CorrelationId, string? TraceId, string Caller, string Model, string? ModelVersion, string? ModelDigest, string? RequestSha256, string? AnswerSha256, int Status)
{
    public const string EventName = "inference_forwarded";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ForwardedInferenceJson.Default.ForwardedInference);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ForwardedInference))]
internal sealed partial class ForwardedInferenceJson : JsonSerializerContext;
