using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Idempotency;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Pipelines.Replay;

/// <summary>Sends labels to Monitoring; one call at a time.</summary>
internal sealed class MonitoringClient(HttpClient http, ServiceCall calls, IOptions<ReplayOptions> options)
{
    /// <summary>Sends the labels. Waits while Monitoring is away; labels that arrive twice say the same twice, and leave one audit record.</summary>
    /// <exception cref="ServiceError">Monitoring refuses them.</exception>
    public Task SendAsync(IReadOnlyList<FeedbackLabel> labels, CancellationToken cancellationToken)
    {
        var key = Guid.NewGuid().ToString("N");
        return calls.UntilAnsweredAsync("sending labels to Monitoring", async token =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/feedback") { Content = JsonContent.Create(new Feedback(labels), options: ServiceAnswer.Json) };
            request.Headers.Add(IdempotencyKey.Header, key);
            ApiKey.AddTo(request, options.Value.MonitoringKey);
            using var response = await http.SendAsync(request.AsIdempotent(), token);
            return await response.ReadAsync<Accepted>(token);
        }, cancellationToken);
    }

    private sealed record Feedback(IReadOnlyList<FeedbackLabel> Labels);

    private sealed record Accepted([property: JsonPropertyName("accepted")] int Count);
}

/// <summary>What became of a predicted flight.</summary>
/// <param name="PredictionId">The prediction.</param>
/// <param name="Positive">Whether it arrived late.</param>
internal sealed record FeedbackLabel(string PredictionId, bool Positive);
