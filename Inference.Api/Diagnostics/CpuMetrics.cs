using System.Diagnostics.Metrics;
using System.Globalization;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Triton's metrics of the machine's processors and memory, read from Linux's <c>/proc</c> as Triton reads them. Elsewhere they are declared and have no series: absent, not zero.</summary>
/// <remarks>Source: <see href="https://github.com/triton-inference-server/core/blob/main/src/metrics.cc"/>.</remarks>
internal sealed class CpuMetrics : IDisposable
{
    /// <summary>The shortest time that a utilization is of, which is Triton's: several readers may ask, one right after the other.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider time;
    private readonly string proc;
    private readonly Meter meter;
    private readonly Lock gate = new(); // guards the three below
    private (long Busy, long All)? ticks;
    private long readAt;
    private double? utilization;

    /// <param name="proc">Where the kernel's files are.</param>
    public CpuMetrics(IMeterFactory meters, TimeProvider time, string proc = "/proc")
    {
        this.time = time;
        this.proc = proc;
        ticks = ReadTicks();
        readAt = time.GetTimestamp();
        meter = meters.Create(TelemetryNames.Sources.Inference);
        Add(TelemetryNames.Triton.CpuUtilization, "Share of the time in which the machine's processors worked.", Utilization);
        Add(TelemetryNames.Triton.CpuMemoryTotal, "The machine's memory, in bytes.", () => ReadMemory("MemTotal"));
        Add(TelemetryNames.Triton.CpuMemoryUsed, "The machine's memory that is not available, in bytes.", () => ReadMemory("MemTotal") - ReadMemory("MemAvailable"));
    }

    public void Dispose() => meter.Dispose();

    private void Add(string name, string description, Func<double?> read) =>
        meter.CreateObservableGauge(name, () => read() is { } value ? [new Measurement<double>(value)] : Array.Empty<Measurement<double>>(), null, description);

    private double? Utilization()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(readAt) >= Interval && ReadTicks() is { } now && now.All > ticks?.All)
            {
                utilization = (double)(now.Busy - ticks.Value.Busy) / (now.All - ticks.Value.All);
                (ticks, readAt) = (now, time.GetTimestamp());
            }

            return utilization;
        }
    }

    /// <summary>Of the line <c>cpu  USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL ...</c>.</summary>
    private (long Busy, long All)? ReadTicks()
    {
        if (FirstLine("stat", "cpu ") is not { } line)
        {
            return null;
        }

        long[] columns = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        var all = columns.Sum();
        return (all - columns[3] - columns[4], all);
    }

    /// <summary>Of a line <c>MemTotal:       24576000 kB</c>, in bytes.</summary>
    private double? ReadMemory(string name) =>
        FirstLine("meminfo", $"{name}:") is { } line ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024.0 : null;

    private string? FirstLine(string file, string start)
    {
        var path = Path.Combine(proc, file);
        return File.Exists(path) ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
    }
}
