using System.Diagnostics.Metrics;
using MlAspire.Inference.Api.Models;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>How many requests wait, for each loaded version.</summary>
internal sealed class QueueMetrics : IDisposable
{
    private readonly Meter meter;

    public QueueMetrics(IMeterFactory meters, ModelTable table)
    {
        meter = meters.Create(TelemetryNames.Sources.Inference);
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.InferenceQueueSize, () => table.Asked.Select(model =>
            new Measurement<long>(model.Waiting, new(TelemetryNames.Attributes.ModelName, model.Name), new(TelemetryNames.Attributes.ModelVersion, model.Version))), "{request}", "Requests that wait for a run.");
    }

    public void Dispose() => meter.Dispose();
}
