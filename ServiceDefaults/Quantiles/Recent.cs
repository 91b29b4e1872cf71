namespace MlAspire.ServiceDefaults.Quantiles;

/// <summary>What was collected in the last 5 to 10 minutes, in two halves of 5 minutes. Thread-safe, as far as the halves themselves are.</summary>
/// <typeparam name="T">A half.</typeparam>
/// <param name="empty">Makes a half in which nothing is collected yet.</param>
public sealed class Recent<T>(TimeProvider time, Func<T> empty)
    where T : class
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private readonly Lock turning = new(); // guards the swap of halves
    private volatile Halves halves = new(time.GetTimestamp(), empty(), null);

    /// <summary>The half that is collected in, and the one before; null when nothing was collected then.</summary>
    public (T Now, T? Before) Current()
    {
        var seen = halves;
        if (time.GetElapsedTime(seen.Since) >= Period)
        {
            seen = Turn();
        }

        return (seen.Now, seen.Before);
    }

    private Halves Turn()
    {
        lock (turning)
        {
            var age = time.GetElapsedTime(halves.Since);
            return age < Period ? halves : halves = new Halves(time.GetTimestamp(), empty(), age < 2 * Period ? halves.Now : null);
        }
    }

    private sealed record Halves(long Since, T Now, T? Before);
}
