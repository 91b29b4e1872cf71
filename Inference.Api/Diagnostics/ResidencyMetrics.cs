using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>The metrics of what is in memory.</summary>
internal sealed class ResidencyMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> evictions;
    private readonly Histogram<double> coldLoads;

    public ResidencyMetrics(IMeterFactory meters, ResidentSessions resident)
    {
        meter = meters.Create(TelemetryNames.Sources.Inference);
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.ModelResidentBytes, () => resident.TakenBytes, "By", "What the versions in memory, on their way in and on their way out take of the budget.");
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.ModelResident, () => resident.Count, "{model}", "Versions in memory.");
        evictions = meter.CreateCounter<long>(TelemetryNames.Metrics.ModelEvictions, "{model}", "Versions put out of memory for others.");
        coldLoads = meter.CreateHistogram(TelemetryNames.Metrics.ModelColdLoadDuration, "s", "Bringing a version back into memory, its wait for room included.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });
    }

    public void Evicted() => evictions.Add(1);

    public void ColdLoaded(string model, string version, TimeSpan took) =>
        coldLoads.Record(took.TotalSeconds, new TagList { { TelemetryNames.Attributes.ModelName, model }, { TelemetryNames.Attributes.ModelVersion, version } });

    public void Dispose() => meter.Dispose();
}
