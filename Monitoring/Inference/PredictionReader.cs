using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Traffic;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace MlAspire.Monitoring.Inference;

/// <summary>Reads the prediction stream into the statistics, every entry exactly once.</summary>
/// <remarks>
/// At the start it reads again what the group was handed before (the statistics are in memory), as far as the stream still holds it; then it goes on where the group stands.
/// An entry that is no event is counted, logged by its id and skipped. When Redis is lost it waits and resumes; a Redis that comes back empty gets a new group.
/// </remarks>
internal sealed partial class PredictionReader(
    IConnectionMultiplexer redis, ModelStatistics statistics, TrafficWatch traffic, RolloutTable rollouts, MonitoringMetrics metrics, WorkerHealth worker, TimeProvider time, IOptions<PredictionReaderOptions> options,
    ILogger<PredictionReader> log) : BackgroundService
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private readonly PredictionGroup group = new(redis, options.Value.Batch);
    private EntryId seen;
    private bool resumed;
    private bool lost;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("prediction reader", ReadAsync, stoppingToken);

    private async Task ReadAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var pause = TimeSpan.Zero;
            try
            {
                pause = await StepAsync() ? TimeSpan.Zero : options.Value.Pause;
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                Lose(e);
                pause = RetryPause;
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, stopping);
            }
        }
    }

    /// <summary>Reads one batch; false when there was nothing new.</summary>
    private async Task<bool> StepAsync()
    {
        if (!resumed)
        {
            await ResumeAsync();
        }

        var entries = await group.NextAsync();
        Take(entries);
        await group.AcknowledgeAsync(entries);
        if (entries.Length < options.Value.Batch)
        {
            metrics.Lag = (await group.PositionAsync()).Lag;
        }

        return entries.Length > 0;
    }

    /// <summary>Takes what the group was handed and this process has not seen: everything at the start, and after a loss what was on its way when the connection broke.</summary>
    private async Task ResumeAsync()
    {
        await group.EnsureAsync();
        var (delivered, lag) = await group.PositionAsync();
        long again = 0;
        for (var history = await group.HistoryAsync(seen, delivered); history.Length > 0; history = await group.HistoryAsync(seen, delivered))
        {
            Take(history);
            again += history.Length;
        }

        while (await group.AcknowledgePendingAsync() > 0)
        {
        }

        (resumed, metrics.Lag) = (true, lag);
        LogResumed(again, lag);
        if (lost)
        {
            lost = false;
            LogBack();
        }
    }

    private void Take(StreamEntry[] entries)
    {
        foreach (var entry in entries)
        {
            var id = EntryId.Parse(entry.Id);
            if (id.CompareTo(seen) > 0)
            {
                seen = id;
                metrics.Events(1, OutcomeOf(entry));
            }
        }
    }

    private EntryOutcome OutcomeOf(StreamEntry entry)
    {
        try
        {
            var prediction = PredictionEvent.Parse(((ReadOnlyMemory<byte>)entry[PredictionEvent.Field]).Span);
            if (!statistics.Record(prediction))
            {
                return EntryOutcome.TooManyModels;
            }

            rollouts.Count(prediction);
            if (prediction.Arm != PredictionEvent.Shadow)
            {
                traffic.Count(prediction);
            }

            return EntryOutcome.Counted;
        }
        catch (JsonException e)
        {
            LogUnreadable(entry.Id.ToString(), e.Message);
            return EntryOutcome.Unreadable;
        }
    }

    private void Lose(Exception exception)
    {
        resumed = false;
        if (!lost)
        {
            lost = true;
            LogLost(exception.GetType().Name);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.StreamEntryUnreadable, Level = LogLevel.Warning, Message = "Entry {EntryId} of the prediction stream is skipped: {Reason}")]
    private partial void LogUnreadable(string entryId, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.StreamLost, Level = LogLevel.Warning, Message = "The prediction stream is lost: {Cause}; trying again")]
    private partial void LogLost(string cause);

    [LoggerMessage(EventName = TelemetryNames.Events.StreamBack, Level = LogLevel.Information, Message = "The prediction stream is back")]
    private partial void LogBack();

    [LoggerMessage(EventName = TelemetryNames.Events.StreamResumed, Level = LogLevel.Information, Message = "Reading the prediction stream: {Again} entries again, {Lag} are waiting")]
    private partial void LogResumed(long again, long lag);
}
