using Microsoft.Extensions.Options;
using MlAspire.Pipelines.Flights;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Pipelines.Replay;

/// <summary>Pushes events to the feature store, each exactly once: the offset of an event says whether the store has it.</summary>
internal sealed class FeatureStoreClient(HttpClient http, ServiceCall calls, IOptions<ReplayOptions> options)
{
    /// <summary>The offset from which on the store has no event of this kind; 0 when it has none at all. Waits while the store is away.</summary>
    public async Task<int> NextOffsetAsync(FlightEventKind kind, CancellationToken cancellationToken)
    {
        var producer = FlightSources.ProducerOf(kind);
        var answer = await calls.UntilAnsweredAsync($"asking the feature store for the offset of {producer}", async token =>
        {
            using var response = await http.GetAsync(new Uri($"/v1/producers/{producer}", UriKind.Relative), token);
            return await response.ReadAsync<Producer>(token);
        }, cancellationToken);
        return checked((int)answer.NextOffset);
    }

    /// <summary>Pushes events of one kind with consecutive offsets. Waits while the store is away; a batch that arrived twice changes nothing.</summary>
    public Task PushAsync(FlightEventKind kind, ReadOnlyMemory<FlightEvent> events, IReadOnlyList<Flight> flights, CancellationToken cancellationToken)
    {
        var body = PushBody.Of(kind, events.Span, flights);
        return calls.UntilAnsweredAsync($"pushing {FlightSources.NameOf(kind)} to the feature store", async token =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/push") { Content = JsonContent.Create(body, options: ServiceAnswer.Json) };
            ApiKey.AddTo(request, options.Value.FeatureStoreKey);
            using var response = await http.SendAsync(request.AsIdempotent(), token);
            return await response.ReadAsync<Pushed>(token);
        }, cancellationToken);
    }

    private sealed record Producer(long NextOffset);

    private sealed record Pushed(int Accepted, int Skipped);
}
