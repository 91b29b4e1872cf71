namespace MlAspire.ServiceDefaults.Limits;

/// <summary>A bound of what is in progress at once, in any unit. Nothing waits for a place: who gets none refuses. Thread-safe.</summary>
/// <param name="most">Places in all.</param>
public sealed class Places(long most)
{
    private long taken;

    /// <summary>In use now.</summary>
    public long Taken => Volatile.Read(ref taken);

    /// <returns>False when there are not as many; then none is taken. What is taken goes back with <see cref="GiveBack"/>.</returns>
    public bool TryTake(long count = 1)
    {
        if (Interlocked.Add(ref taken, count) <= most)
        {
            return true;
        }

        GiveBack(count);
        return false;
    }

    public void GiveBack(long count = 1) => Interlocked.Add(ref taken, -count);

    /// <returns>What gives the places back when it is disposed (once, not more often); null when there are not as many.</returns>
    public IDisposable? TryEnter(long count = 1) => TryTake(count) ? new Lease(this, count) : null;

    private sealed class Lease(Places places, long count) : IDisposable
    {
        public void Dispose() => places.GiveBack(count);
    }
}
