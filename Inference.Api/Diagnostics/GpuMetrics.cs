using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What the GPUs do, read when it is asked for. Without a GPU the metrics are declared and have no series: absent, not zero.</summary>
/// <remarks>Sources: <see href="https://opentelemetry.io/docs/specs/semconv/hardware/gpu/">OpenTelemetry, GPU metrics</see>; Triton's names and kinds.</remarks>
internal sealed class GpuMetrics : IDisposable
{
    private readonly Nvml? nvml;
    private readonly Meter meter;

    /// <param name="nvml">Null where there is none; disposed with this.</param>
    public GpuMetrics(IMeterFactory meters, Nvml? nvml)
    {
        this.nvml = nvml;
        meter = meters.Create(TelemetryNames.Sources.Inference);
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.GpuMemoryUsage, () => Hardware((library, gpu) => library.Memory(gpu)?.Used), "By", "GPU memory in use.");
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.GpuMemoryLimit, () => Hardware((library, gpu) => library.Memory(gpu)?.Total), "By", "GPU memory.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.GpuUtilization, () => Hardware((library, gpu) => library.Utilization(gpu)), "1", "Share of the time in which the GPU ran a kernel.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.HardwarePower, () => Hardware((library, gpu) => library.Power(gpu)), "W", "Power the GPU draws.");
        meter.CreateObservableCounter(TelemetryNames.Metrics.HardwareEnergy, () => Hardware((library, gpu) => library.Energy(gpu)), "J", "Energy the GPU has used.");
        Triton(TelemetryNames.Triton.GpuMemoryUsed, "GPU memory in use, in bytes.", (library, gpu) => library.Memory(gpu)?.Used);
        Triton(TelemetryNames.Triton.GpuMemoryTotal, "GPU memory, in bytes.", (library, gpu) => library.Memory(gpu)?.Total);
        Triton(TelemetryNames.Triton.GpuUtilization, "Share of the time in which the GPU ran a kernel.", (library, gpu) => library.Utilization(gpu));
        Triton(TelemetryNames.Triton.GpuPowerUsage, "Power the GPU draws, in watts.", (library, gpu) => library.Power(gpu));
        Triton(TelemetryNames.Triton.GpuPowerLimit, "Power the GPU may draw, in watts.", (library, gpu) => library.PowerLimit(gpu));
        meter.CreateObservableCounter(TelemetryNames.Triton.EnergyConsumption, () => Measure((library, gpu) => library.Energy(gpu), TritonTags), null, "Energy the GPU has used, in joules.");
    }

    public void Dispose()
    {
        meter.Dispose();
        nvml?.Dispose();
    }

    private void Triton(string name, string description, Func<Nvml, Gpu, double?> read) =>
        meter.CreateObservableGauge(name, () => Measure(read, TritonTags), null, description);

    private static KeyValuePair<string, object?>[] TritonTags(Gpu gpu) => [new("gpu_uuid", gpu.Uuid)];

    private IEnumerable<Measurement<T>> Hardware<T>(Func<Nvml, Gpu, T?> read)
        where T : struct => Measure(read, gpu =>
        [
            new(TelemetryNames.Attributes.HardwareId, gpu.Uuid), new(TelemetryNames.Attributes.HardwareType, "gpu"),
            new(TelemetryNames.Attributes.HardwareModel, gpu.Model), new(TelemetryNames.Attributes.HardwareVendor, "NVIDIA"),
        ]);

    private IEnumerable<Measurement<T>> Measure<T>(Func<Nvml, Gpu, T?> read, Func<Gpu, KeyValuePair<string, object?>[]> tags)
        where T : struct
    {
        foreach (var gpu in nvml?.Gpus ?? [])
        {
            if (read(nvml!, gpu) is { } value)
            {
                yield return new Measurement<T>(value, tags(gpu));
            }
        }
    }
}
