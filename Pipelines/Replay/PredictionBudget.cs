namespace MlAspire.Pipelines.Replay;

/// <summary>Limits predictions to so many in a second of real time; what is not used within a second is lost. Used by one loop.</summary>
/// <param name="time">Real time.</param>
/// <param name="perSecond">At least 1; also the most that may be taken at once.</param>
internal sealed class PredictionBudget(TimeProvider time, int perSecond)
{
    private double available = perSecond;
    private long last = time.GetTimestamp();

    /// <summary>Takes up to <paramref name="wanted"/>; returns how many there were.</summary>
    public int Take(int wanted)
    {
        var now = time.GetTimestamp();
        available = Math.Min(perSecond, available + (time.GetElapsedTime(last, now).TotalSeconds * perSecond));
        last = now;
        var taken = Math.Min(wanted, (int)available);
        available -= taken;
        return taken;
    }
}
