namespace MlAspire.Gateway.Audit;

/// <summary>Says when one write has been under way for so long that its disk counts as hanging. One write at a time; thread-safe.</summary>
/// <param name="what">Is written: the message's subject.</param>
/// <param name="stallsAfter">As <see cref="AuditOptions.StallsAfter"/>.</param>
/// <param name="time">Its clock.</param>
internal sealed class DiskWatch(string what, TimeSpan stallsAfter, TimeProvider time)
{
    private long since; // timestamp of the beginning of the write that is under way; 0 = there is none

    /// <summary>That the write hangs; null when it does not, or there is none.</summary>
    public string? Stall => Volatile.Read(ref since) is var began and not 0 && time.GetElapsedTime(began) is var took && took >= stallsAfter
        ? $"{what} has been writing for {took.TotalSeconds:F0} s: its disk hangs."
        : null;

    /// <exception cref="IOException">The write hangs.</exception>
    public void ThrowIfStalled()
    {
        if (Stall is { } stall)
        {
            throw new IOException(stall);
        }
    }

    public void Begin(long timestamp) => Volatile.Write(ref since, timestamp);

    public void End() => Volatile.Write(ref since, 0);
}
