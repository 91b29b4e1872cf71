namespace MlAspire.Gateway.Limits;

/// <summary>Lets a number of requests a second through on average, and a burst of them at once. Thread-safe.</summary>
internal sealed class TokenBucket
{
    private readonly double tokensPerSecond;
    private readonly double capacity;
    private readonly TimeProvider time;

    private readonly Lock gate = new(); // guards the two below
    private double tokens;
    private long filled;

    /// <param name="tokensPerSecond">Requests a second on average; greater than 0.</param>
    /// <param name="capacity">Requests at once, at least 1; the bucket starts full.</param>
    /// <param name="time">The clock.</param>
    public TokenBucket(double tokensPerSecond, double capacity, TimeProvider time)
    {
        (this.tokensPerSecond, this.capacity, this.time) = (tokensPerSecond, capacity, time);
        (tokens, filled) = (capacity, time.GetTimestamp());
    }

    /// <summary>Takes one token.</summary>
    /// <returns>Null when it was there; else how long until there is one.</returns>
    public TimeSpan? Take()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            tokens = Math.Min(capacity, tokens + (time.GetElapsedTime(filled, now).TotalSeconds * tokensPerSecond));
            filled = now;
            if (tokens < 1)
            {
                return TimeSpan.FromSeconds((1 - tokens) / tokensPerSecond);
            }

            tokens--;
            return null;
        }
    }
}
