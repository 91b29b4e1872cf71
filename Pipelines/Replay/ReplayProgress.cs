using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary>Counts what the replay did and logs it every few seconds. Thread-safe.</summary>
internal sealed partial class ReplayProgress(TimeProvider time, ILogger<ReplayProgress> log)
{
    /// <summary>Time between two lines.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long eventTimeTicks;
    private long pushed, predicted, predictedLate, notPredicted, failed, landed, landedLate, labelled;

    /// <summary>Everything counted since the start.</summary>
    public ReplayCounts Counts => new(
        Read(ref pushed), Read(ref predicted), Read(ref predictedLate), Read(ref notPredicted), Read(ref failed),
        Read(ref landed), Read(ref landedLate), Read(ref labelled));

    /// <summary>The replay has come to this instant, UTC ticks.</summary>
    public void At(long instant) => Interlocked.Exchange(ref eventTimeTicks, instant);

    /// <summary>The store took so many events, the last one of this instant.</summary>
    public void Pushed(int events, long instant)
    {
        Interlocked.Add(ref pushed, events);
        At(instant);
    }

    public void Predicted(int flights, int late)
    {
        Interlocked.Add(ref predicted, flights);
        Interlocked.Add(ref predictedLate, late);
    }

    /// <summary>Departures beyond the rate.</summary>
    public void NotPredicted(int flights) => Interlocked.Add(ref notPredicted, flights);

    public void Failed(int flights) => Interlocked.Add(ref failed, flights);

    public void Landed(bool late)
    {
        Interlocked.Increment(ref landed);
        Interlocked.Add(ref landedLate, late ? 1 : 0);
    }

    public void Labelled(int labels) => Interlocked.Add(ref labelled, labels);

    /// <summary>Logs a line every <see cref="Interval"/> until cancelled.</summary>
    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var (last, before) = (time.GetTimestamp(), Counts);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var (now, counts) = (time.GetTimestamp(), Counts);
            Report(counts - before, counts.Landed - counts.Labelled, time.GetElapsedTime(last, now).TotalSeconds);
            (last, before) = (now, counts);
        }
    }

    /// <summary>Logs the sums since the start.</summary>
    public void ReportAll()
    {
        var all = Counts;
        LogDone(log, EventTime, all.Pushed, all.Predicted, all.NotPredicted, all.Failed, all.Labelled, all.Landed - all.Labelled);
    }

    private DateTime EventTime => new(Read(ref eventTimeTicks), DateTimeKind.Utc);

    private void Report(ReplayCounts counts, long labelsBehind, double seconds)
    {
        var (events, predictions) = (Rate(counts.Pushed), Rate(counts.Predicted));
        var (calledLate, wereLate) = (Percent(counts.PredictedLate, counts.Predicted), Percent(counts.LandedLate, counts.Landed));
        LogProgress(log, EventTime, events, predictions, calledLate, wereLate, counts.NotPredicted, counts.Failed, labelsBehind);

        double Rate(long count) => Math.Round(count / seconds, 1);
    }

    /// <summary>0 when there is nothing to take a share of.</summary>
    private static double Percent(long part, long all) => all == 0 ? 0 : Math.Round(100.0 * part / all, 1);

    private static long Read(ref long count) => Interlocked.Read(ref count);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayProgress, Level = LogLevel.Information,
        Message = "{EventTime:u}: {EventsPerSecond} events/s, {PredictionsPerSecond} predictions/s, {PredictedLatePercent} % called late, {LandedLatePercent} % of those landed were late, {NotPredicted} over the rate, {Failed} failed, {LabelsBehind} labels not taken")]
    private static partial void LogProgress(
        ILogger log, DateTime eventTime, double eventsPerSecond, double predictionsPerSecond, double predictedLatePercent, double landedLatePercent,
        long notPredicted, long failed, long labelsBehind);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayDone, Level = LogLevel.Information,
        Message = "Replayed to {EventTime:u}: {Pushed} events, {Predicted} predictions ({NotPredicted} flights over the rate, {Failed} failed), {Labelled} labels ({LabelsLost} lost)")]
    private static partial void LogDone(ILogger log, DateTime eventTime, long pushed, long predicted, long notPredicted, long failed, long labelled, long labelsLost);
}
