namespace MlAspire.V2Conformance;

/// <summary>Memory of this process in bytes: what the collector keeps alive, and what the process holds of the machine.</summary>
internal readonly record struct MemoryUse(long ManagedBytes, long ResidentBytes)
{
    private const long MaxManagedGrowth = 8 << 20;
    private const long MaxResidentGrowth = 64 << 20;

    /// <summary>True for a growth within 8 MiB managed and 64 MiB resident.</summary>
    public bool IsFlat => ManagedBytes <= MaxManagedGrowth && ResidentBytes <= MaxResidentGrowth;

    public static MemoryUse Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new MemoryUse(GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }

    public MemoryUse Since(MemoryUse before) => new(ManagedBytes - before.ManagedBytes, ResidentBytes - before.ResidentBytes);

    public override string ToString() => $"managed {ManagedBytes / 1024} KiB, resident {ResidentBytes / 1024} KiB";
}
