using MlAspire.Pipelines.Flights;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Pipelines.Replay;

/// <summary>Asks the Gateway what it thinks of departing flights.</summary>
internal sealed class GatewayClient(HttpClient http)
{
    /// <summary>One prediction a flight, in order; one attempt, since a flight does not wait for its prediction.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">The Gateway is away, or refuses.</exception>
    public async Task<IReadOnlyList<FlightPrediction>> PredictAsync(IReadOnlyList<Flight> flights, CancellationToken cancellationToken)
    {
        var body = new PredictBody(
            new PredictEntities([.. flights.Select(flight => flight.Origin.Code)], [.. flights.Select(flight => flight.Destination.Code)]),
            new PredictInputs([.. flights.Select(flight => flight.DistanceMiles)], [.. flights.Select(flight => flight.Departure)]));
        using var response = await http.PostAsJsonAsync("/v1/models/flight-delay/predict", body, ServiceAnswer.Json, cancellationToken);
        return (await response.ReadAsync<PredictAnswer>(cancellationToken)).Predictions;
    }

    private sealed record PredictBody(PredictEntities Entities, PredictInputs Inputs);

    private sealed record PredictEntities(string[] Origin, string[] Destination);

    private sealed record PredictInputs(int[] DistanceMiles, DateTimeOffset[] Departure);

    private sealed record PredictAnswer(IReadOnlyList<FlightPrediction> Predictions);
}

/// <summary>What the Gateway said of one flight.</summary>
/// <param name="PredictionId">Under which the label is given later.</param>
/// <param name="Label"><c>late</c> or <c>on_time</c>.</param>
internal sealed record FlightPrediction(string PredictionId, string Label);
