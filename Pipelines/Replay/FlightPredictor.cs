using Microsoft.Extensions.Options;
using MlAspire.Pipelines.Flights;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary>Has departing flights predicted, and tells Monitoring what became of them when they land. Used by one loop.</summary>
/// <remarks>It knows the predictions of the flights in the air (some thousands at most). A restart forgets them: those flights get no label.</remarks>
internal sealed partial class FlightPredictor(
    GatewayClient gateway, FeedbackQueue feedback, ReplayProgress progress, TimeProvider time, IOptions<ReplayOptions> options, ILogger<FlightPredictor> log)
{
    /// <summary>Most flights of one call.</summary>
    private const int BatchRows = 100;

    private readonly PredictionBudget budget = new(time, options.Value.PredictRate);
    private readonly Dictionary<int, string> inTheAir = [];
    private bool away;

    /// <summary>Predicts the flights that depart at one instant, as far as the rate allows. A failure is logged and counted, and the flights stay without a prediction.</summary>
    public async Task DepartAsync(IReadOnlyList<Flight> departing, CancellationToken cancellationToken)
    {
        var allowed = budget.Take(departing.Count);
        progress.NotPredicted(departing.Count - allowed);
        foreach (var batch in departing.Take(allowed).Chunk(BatchRows))
        {
            await PredictAsync(batch, cancellationToken);
        }
    }

    /// <summary>The flight's delay is known now.</summary>
    public void Land(in Flight flight)
    {
        if (inTheAir.Remove(flight.Index, out var predictionId))
        {
            progress.Landed(flight.Late);
            feedback.Add(new FeedbackLabel(predictionId, flight.Late));
        }
    }

    private async Task PredictAsync(Flight[] flights, CancellationToken cancellationToken)
    {
        try
        {
            var predictions = await gateway.PredictAsync(flights, cancellationToken);
            for (var i = 0; i < flights.Length; i++)
            {
                inTheAir[flights[i].Index] = predictions[i].PredictionId;
            }
            progress.Predicted(flights.Length, predictions.Count(prediction => prediction.Label == "late"));
            Answering();
        }
        catch (ServiceError failure)
        {
            progress.Failed(flights.Length);
            Failing(failure);
        }
    }

    /// <summary>One line when it starts to fail, one when it is back: the progress line counts what is between.</summary>
    private void Failing(ServiceError failure)
    {
        if (!away)
        {
            LogFailing(log, failure.Message);
        }
        away = true;
    }

    private void Answering()
    {
        if (away)
        {
            LogAnswering(log);
        }
        away = false;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayPredictionsFailing, Level = LogLevel.Warning, Message = "The Gateway does not predict, the replay goes on without predictions: {Reason}")]
    private static partial void LogFailing(ILogger log, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayPredictionsBack, Level = LogLevel.Information, Message = "The Gateway predicts again")]
    private static partial void LogAnswering(ILogger log);
}
