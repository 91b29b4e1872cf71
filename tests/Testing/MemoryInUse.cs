namespace MlAspire.Testing;

/// <summary>Managed memory of the process, for tests that compare what is in use before and after.</summary>
public static class MemoryInUse
{
    /// <summary>Bytes in use once what earlier tests have left is gone: finalizers give memory back, and pools give theirs up from one collection to the next.</summary>
    public static long Settled()
    {
        var (before, now) = (long.MaxValue, GC.GetTotalMemory(forceFullCollection: true));
        while (before - now > 100_000)
        {
            GC.WaitForPendingFinalizers();
            (before, now) = (now, GC.GetTotalMemory(forceFullCollection: true));
        }

        return now;
    }
}
