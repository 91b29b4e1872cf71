using Microsoft.Extensions.Options;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Jobs;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary><c>replay</c>: the flights of 2001 as if they flew now. Departures are predicted and pushed, landings pushed and told to Monitoring, in event time.</summary>
/// <remarks>
/// At an instant, first everything before it is in the feature store, then the departures of the instant are predicted, then they are pushed: a prediction sees
/// exactly what training saw. Started again, it goes on at the first departure the feature store does not have.
/// </remarks>
internal sealed partial class ReplayJob(
    IOptions<FlightsOptions> flights, IOptions<ReplayOptions> options, EventPusher pusher, FlightPredictor predictor, FeedbackQueue feedback, ReplayProgress progress,
    TimeProvider time, ILogger<ReplayJob> log) : IJob
{
    /// <summary>How long the last labels may take at the end.</summary>
    private static readonly TimeSpan LastLabels = TimeSpan.FromSeconds(10);

    private int landed;

    /// <summary>Replays to the limit or to the end of the file.</summary>
    /// <exception cref="ServiceError">The data cannot be read, nothing departs after the start, or the feature store refuses an event.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var events = new FlightEvents(FlightData.Load(flights.Value).Flights);
        if (events.FirstOffset(FlightEventKind.Departure, options.Value.Start) == events.Departures.Length)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"No flight departs at or after {options.Value.From}.", "Replay:From");
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var replay = ReplayAsync(events, ending.Token);
        var labels = feedback.RunAsync(ending.Token);
        var reports = progress.ReportAsync(ending.Token);
        try
        {
            // The replay is the one to end; the two others end earlier only by failing, which must not go unseen.
            await await Task.WhenAny(replay, labels, reports);
            feedback.Complete();
            await labels.WaitAsync(LastLabels, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogLabelsLost(log, LastLabels.TotalSeconds);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(replay, labels, reports).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            progress.ReportAll();
        }
    }

    private async Task ReplayAsync(FlightEvents events, CancellationToken cancellationToken)
    {
        var first = await WarmUpAsync(events, cancellationToken);
        var end = options.Value.Limit == 0 ? events.Departures.Length : (int)Math.Min(events.Departures.Length, first + (long)options.Value.Limit);
        if (first == end)
        {
            LogNothingLeft(log);
            return;
        }
        var clock = new EventClock(time, At(events.Departures[first].Instant), options.Value.Speed);
        for (var next = first; next < end;)
        {
            var instant = events.Departures[next].Instant;
            await clock.ReachAsync(At(instant), cancellationToken);
            await HappenAsync(events, instant, cancellationToken);
            var departing = Departing(events, next, end);
            await predictor.DepartAsync(departing, cancellationToken);
            next += departing.Count;
        }
        // With a limit the flights in the air stay there: landing them would push what lies after the next departure of a later run.
        var last = end == events.Departures.Length ? events.Landings[^1].Instant : events.Departures[end - 1].Instant;
        await clock.ReachAsync(At(last), cancellationToken);
        await HappenAsync(events, last + 1, cancellationToken);
    }

    /// <summary>Pushes what the features look back at; returns the offset of the first departure to replay.</summary>
    private async Task<int> WarmUpAsync(FlightEvents events, CancellationToken cancellationToken)
    {
        var start = options.Value.Start;
        var started = time.GetTimestamp();
        await pusher.ResumeAsync(events, start.AddDays(-options.Value.WarmUpDays), cancellationToken);
        var first = events.FirstOffset(FlightEventKind.Departure, start);
        if (pusher.Next(FlightEventKind.Departure) > first)
        {
            first = pusher.Next(FlightEventKind.Departure);
            LogResumed(log, first < events.Departures.Length ? At(events.Departures[first].Instant).UtcDateTime : DateTime.MaxValue, options.Value.From);
        }
        var instant = first < events.Departures.Length ? events.Departures[first].Instant : long.MaxValue;
        await pusher.PushBeforeAsync(Math.Min(instant, events.Landings[^1].Instant + 1), cancellationToken);
        landed = pusher.Next(FlightEventKind.Landing);
        var seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 1);
        LogWarm(log, progress.Counts.Pushed, seconds);
        return first;
    }

    /// <summary>Lets everything happen that happens strictly before an instant.</summary>
    private async Task HappenAsync(FlightEvents events, long instant, CancellationToken cancellationToken)
    {
        await pusher.PushBeforeAsync(instant, cancellationToken);
        for (; landed < pusher.Next(FlightEventKind.Landing); landed++)
        {
            predictor.Land(events.Flights[events.Landings[landed].Flight]);
        }
        progress.At(instant);
    }

    private static List<Flight> Departing(FlightEvents events, int start, int end)
    {
        var departing = new List<Flight>();
        var instant = events.Departures[start].Instant;
        for (var i = start; i < end && events.Departures[i].Instant == instant; i++)
        {
            departing.Add(events.Flights[events.Departures[i].Flight]);
        }
        return departing;
    }

    private static DateTimeOffset At(long instant) => new(instant, TimeSpan.Zero);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayWarm, Level = LogLevel.Information, Message = "Warmed the feature store up with {Events} events in {Seconds} s")]
    private static partial void LogWarm(ILogger log, long events, double seconds);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayResumed, Level = LogLevel.Information,
        Message = "The feature store has departures up to {EventTime:u} already, so the replay goes on there and not at {From}; an empty Redis and feature log (.run) make it start over")]
    private static partial void LogResumed(ILogger log, DateTime eventTime, string from);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayNothingLeft, Level = LogLevel.Information, Message = "Every flight of the file is replayed; an empty Redis and feature log (.run) make it start over")]
    private static partial void LogNothingLeft(ILogger log);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayLabelsLost, Level = LogLevel.Warning, Message = "Monitoring did not take the last labels within {Seconds} s; they are lost")]
    private static partial void LogLabelsLost(ILogger log, double seconds);
}
