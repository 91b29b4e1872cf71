using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

public sealed class CpuMetricsTests : IDisposable
{
    private readonly string proc = Directory.CreateTempSubdirectory("mlaspire-proc-").FullName;
    private readonly ManualTimeProvider time = new();

    public void Dispose() => Directory.Delete(proc, recursive: true);

    [Fact]
    public void The_machine_s_use_is_that_of_the_time_between_two_looks_at_least_two_seconds_apart()
    {
        Write("cpu  100 10 50 800 20 5 5 10 7 0", total: 1000, available: 250);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new CpuMetrics(services.GetRequiredService<IMeterFactory>(), time, proc);
        Assert.Equal([("nv_cpu_memory_total_bytes", 1_024_000.0), ("nv_cpu_memory_used_bytes", 768_000.0)], Observe(services)); // 1000 and 750 KiB; a use is of a time

        Write("cpu  130 10 60 840 30 5 5 20 99 0", total: 1000, available: 1000); // 30 + 10 + 10 ticks of work, 40 + 10 without; a guest's are in the user's
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([("nv_cpu_memory_total_bytes", 1_024_000.0), ("nv_cpu_memory_used_bytes", 0.0), ("nv_cpu_utilization", 0.5)], Observe(services));

        Write("cpu  930 10 60 840 30 5 5 20 99 0", total: 1000, available: 1000);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(("nv_cpu_utilization", 0.5), Observe(services));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(("nv_cpu_utilization", 1.0), Observe(services));
    }

    [Fact]
    public void Where_there_is_no_proc_they_are_absent_not_zero()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new CpuMetrics(services.GetRequiredService<IMeterFactory>(), time, proc);

        Assert.Empty(Observe(services));
    }

    private static IEnumerable<(string, double)> Observe(IServiceProvider services)
    {
        using var recorded = new RecordedMetrics(services.GetRequiredService<IMeterFactory>());
        recorded.Observe();
        return recorded.All.Select(each => (each.Instrument, each.Value)).Order();
    }

    private void Write(string ticks, int total, int available)
    {
        File.WriteAllText(Path.Combine(proc, "stat"), $"{ticks}\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
        File.WriteAllText(Path.Combine(proc, "meminfo"), $"MemTotal:       {total} kB\nMemFree:  17 kB\nMemAvailable:   {available} kB\n");
    }
}
