namespace MlAspire.Pipelines.Replay;

/// <summary>Event time, which runs <paramref name="speed"/> times as fast as real time. Used by one loop.</summary>
/// <remarks>
/// When its user falls behind by more than <see cref="MaxBehind"/> of real time (a service was away), event time waits for it: the replay goes on at its speed
/// from where it is, and never runs after lost time.
/// </remarks>
/// <param name="time">Real time.</param>
/// <param name="start">Event time at the first call.</param>
/// <param name="speed">Above 0.</param>
internal sealed class EventClock(TimeProvider time, DateTimeOffset start, double speed)
{
    /// <summary>How far its user may fall behind before the clock waits, in real time.</summary>
    public static readonly TimeSpan MaxBehind = TimeSpan.FromSeconds(1);

    private DateTimeOffset anchorEvent = start;
    private long anchor = time.GetTimestamp();

    /// <summary>Waits until event time has come to <paramref name="moment"/>; returns at once when it is past.</summary>
    public async Task ReachAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        var due = (moment - anchorEvent) / speed;
        var wait = due - time.GetElapsedTime(anchor);
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
        else if (wait < -MaxBehind)
        {
            (anchorEvent, anchor) = (moment, time.GetTimestamp());
        }
    }
}
