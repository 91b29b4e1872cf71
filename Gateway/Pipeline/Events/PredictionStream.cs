using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace MlAspire.Gateway.Pipeline.Events;

/// <summary>Sends prediction events to the Redis stream behind the answers; no prediction waits for it or fails by it.</summary>
/// <remarks>At most <see cref="PredictionStreamOptions.Capacity"/> events wait; what comes when it is full, or cannot be sent, is dropped and counted. One loop sends, in order.</remarks>
internal sealed partial class PredictionStream(
    IConnectionMultiplexer redis, WorkerHealth worker, GatewayMetrics metrics, IOptions<PredictionStreamOptions> options, TimeProvider time, ILogger<PredictionStream> log) : BackgroundService
{
    private const int LargestBatch = 500;

    private static readonly TimeSpan TrimPeriod = TimeSpan.FromMinutes(1);

    private readonly Channel<PredictionEvent> waiting =
        Channel.CreateBounded<PredictionEvent>(new BoundedChannelOptions(options.Value.Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private bool failing;

    public void Answered(Answered answered, TimeSpan latency)
    {
        for (var row = 0; row < answered.Request.Rows; row++)
        {
            Enqueue(EventOf(answered, row, latency));
        }
    }

    /// <summary>What the shadow said to the rows of an answered request.</summary>
    public void Shadowed(Answered answered, InferenceResult shadow, TimeSpan latency)
    {
        for (var row = 0; row < answered.Request.Rows; row++)
        {
            Enqueue(EventOf(answered, row, latency) with
            {
                Version = shadow.Version,
                Arm = PredictionEvent.Shadow,
                Probability = shadow.Output[row],
                Label = answered.Route.Model.Definition.Output.LabelOf(shadow.Output[row]),
                AnsweredProbability = answered.Result.Output[row],
                AnsweredLabel = answered.Predictions[row].Label,
            });
        }
    }

    public void Failed(ModelRoute route, ServiceError error, TimeSpan latency, Trail trail) => Enqueue(new()
    {
        Model = route.Name,
        Version = route.Version ?? error.ModelVersion,
        Arm = route.Arm,
        Place = route.Place,
        Status = ErrorMapping.Of(error.Code).Wire,
        Time = trail.Time,
        LatencyMs = latency.TotalMilliseconds,
        CorrelationId = trail.CorrelationId,
        TraceId = trail.TraceId,
    });

    private static PredictionEvent EventOf(Answered answered, int row, TimeSpan latency)
    {
        var (route, request, trail) = (answered.Route, answered.Request, answered.Trail);
        return new()
        {
            PredictionId = answered.Predictions[row].PredictionId,
            Model = route.Name,
            Version = answered.Result.Version,
            Arm = route.Arm,
            Place = route.Place,
            Row = row,
            Status = PredictionEvent.Ok,
            Time = trail.Time,
            EventTime = route.Model.EventTime < 0 ? trail.Time : request.Times[route.Model.EventTime][row],
            LatencyMs = latency.TotalMilliseconds,
            Probability = answered.Result.Output[row],
            Label = answered.Predictions[row].Label,
            PositiveLabel = route.Model.Definition.Output.Labels[1],
            Entities = Enumerable.Range(0, request.Entities.Length).ToDictionary(i => route.Model.Inputs.Entities[i], i => request.Entities[i][row]),
            FeaturesMissing = answered.Features.MissingIn(row),
            CorrelationId = trail.CorrelationId,
            TraceId = trail.TraceId,
        };
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        worker.RunAsync("prediction stream", SendAsync, stoppingToken), worker.RunAsync("prediction stream age", TrimAsync, stoppingToken));

    private void Enqueue(PredictionEvent prediction)
    {
        if (!waiting.Writer.TryWrite(prediction))
        {
            metrics.EventsDropped(1, "full");
        }
    }

    private async Task SendAsync(CancellationToken stopping)
    {
        // No request comes any more when the service stops; what was answered before is still sent.
        await using var end = stopping.Register(() => waiting.Writer.TryComplete());
        var batch = new List<PredictionEvent>(LargestBatch);
        while (await waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < LargestBatch && waiting.Reader.TryRead(out var prediction))
            {
                batch.Add(prediction);
            }

            await SendAsync(batch);
        }
    }

    private async Task SendAsync(List<PredictionEvent> batch)
    {
        var database = redis.GetDatabase();
        var sending = batch.Select(prediction => AddAsync(database, prediction)).ToArray();
        var sent = await Task.WhenAll(sending);
        var dropped = sent.Count(error => error is not null);
        if (dropped > 0)
        {
            metrics.EventsDropped(dropped, "not_sent");
        }

        // Said once when it begins and once when it ends: Redis being away for an hour is not a thousand log lines.
        if (failing != dropped > 0)
        {
            failing = dropped > 0;
            if (failing)
            {
                LogLost(dropped, sent.First(error => error is not null)!.GetType().Name);
            }
            else
            {
                LogBack();
            }
        }
    }

    private async Task<Exception?> AddAsync(IDatabase database, PredictionEvent prediction)
    {
        try
        {
            await database.StreamAddAsync(
                PredictionEvent.Stream, PredictionEvent.Field, prediction.ToJson(), maxLength: options.Value.Length, useApproximateMaxLength: true);
            return null;
        }
        catch (Exception e) // the boundary of one event: whatever keeps it from the stream, the next one is sent
        {
            return e;
        }
    }

    /// <summary>Takes what is too old out of the stream, also when nothing is added to it any more.</summary>
    private async Task TrimAsync(CancellationToken stopping)
    {
        using var period = new PeriodicTimer(TrimPeriod, time);
        do
        {
            try
            {
                await redis.GetDatabase().StreamTrimByMinIdAsync(PredictionEvent.Stream, (time.GetUtcNow() - options.Value.MaxAge).ToUnixTimeMilliseconds());
            }
            catch (Exception e) when (e is RedisException or RedisTimeoutException)
            {
                // Redis is away, which others say: what is too old waits for the next time.
            }
        }
        while (await period.WaitForNextTickAsync(stopping));
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionEventsLost, Level = LogLevel.Warning, Message = "{Events} prediction events did not reach the stream: {Cause}; later ones are dropped too until it is back")]
    private partial void LogLost(int events, string cause);

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionEventsBack, Level = LogLevel.Information, Message = "Prediction events reach the stream again")]
    private partial void LogBack();
}
