using System.Diagnostics;
using System.Runtime;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>What this process holds after a full collection. Threads without those of the thread pool, which come and go with the load of the machine.</summary>
internal sealed record ProcessFigures(double HeapMegabytes, double ResidentMegabytes, int Threads, int Handles)
{
    public static ProcessFigures Read()
    {
        for (var i = 0; i < 3; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        using var process = Process.GetCurrentProcess();
        return new(GC.GetTotalMemory(true) / 1e6, process.WorkingSet64 / 1e6, process.Threads.Count - ThreadPool.ThreadCount, process.HandleCount);
    }

    /// <summary>Fails when this, the state after many rounds, is more than noise above <paramref name="early"/>, the state after few.</summary>
    public void MustNotExceed(ProcessFigures early)
    {
        Check.That(HeapMegabytes < early.HeapMegabytes + 8, $"managed heap grew from {early.HeapMegabytes:0.0} to {HeapMegabytes:0.0} MB");
        Check.That(ResidentMegabytes < (early.ResidentMegabytes * 1.15) + 24, $"resident memory grew from {early.ResidentMegabytes:0} to {ResidentMegabytes:0} MB");
        Check.That(Threads <= early.Threads + 6, $"threads grew from {early.Threads} to {Threads}");
        Check.That(Handles <= early.Handles + 12, $"open files grew from {early.Handles} to {Handles}");
    }

    public override string ToString() => $"heap {HeapMegabytes:0.0} MB, resident {ResidentMegabytes:0} MB, {Threads} own threads, {Handles} handles";
}
