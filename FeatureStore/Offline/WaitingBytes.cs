namespace MlAspire.FeatureStore.Offline;

/// <summary>How many bytes of pushes are on their way to the log and to Redis. Thread-safe.</summary>
/// <param name="most">That may be on their way; one push alone may have more.</param>
internal sealed class WaitingBytes(long most)
{
    private long bytes;

    /// <summary>Counts a push until it is done; false when there is no room.</summary>
    public bool TryAdd(WaitingPush push)
    {
        var size = push.Frame.Length;
        if (Interlocked.Add(ref bytes, size) is var all && all > most && all > size)
        {
            Interlocked.Add(ref bytes, -size);
            return false;
        }
        _ = RemoveAsync(push);
        return true;
    }

    private async Task RemoveAsync(WaitingPush push)
    {
        await Task.WhenAny(push.Done.Task); // whatever came of it
        Interlocked.Add(ref bytes, -push.Frame.Length);
    }
}
