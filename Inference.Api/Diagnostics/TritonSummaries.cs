using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Batching;
using MlAspire.ServiceDefaults.Quantiles;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Triton's summaries of the requests answered in the last 5 to 10 minutes, in microseconds, when <see cref="DiagnosticsOptions.TritonSummaries"/> asks for them.</summary>
/// <remarks>Source: <see href="https://github.com/triton-inference-server/server/blob/main/docs/user_guide/metrics.md#summaries"/>.</remarks>
internal sealed class TritonSummaries : IDisposable
{
    private readonly TimeProvider time;
    private readonly Meter? meter; // null: not asked for
    private readonly DurationSeries<(string Model, string Version)> request;
    private readonly DurationSeries<(string Model, string Version)> queue;
    private readonly DurationSeries<(string Model, string Version)> computeInput;
    private readonly DurationSeries<(string Model, string Version)> computeInfer;
    private readonly DurationSeries<(string Model, string Version)> computeOutput;

    public TritonSummaries(IMeterFactory meters, IOptions<DiagnosticsOptions> options, TimeProvider time)
    {
        this.time = time;
        meter = options.Value.TritonSummaries ? meters.Create(TelemetryNames.Sources.Inference) : null;
        request = Add(TelemetryNames.Triton.RequestSummary, "Requests answered.");
        queue = Add(TelemetryNames.Triton.QueueSummary, "Waiting for a run.");
        computeInput = Add(TelemetryNames.Triton.ComputeInputSummary, "Preparing inputs.");
        computeInfer = Add(TelemetryNames.Triton.ComputeInferSummary, "Running the model.");
        computeOutput = Add(TelemetryNames.Triton.ComputeOutputSummary, "Preparing outputs.");
    }

    public void Succeeded(string model, string version, RunReport report)
    {
        if (meter is not null)
        {
            Record(request, report.QueuedAt, time.GetTimestamp());
            Record(queue, report.QueuedAt, report.StartedAt);
            Record(computeInput, report.StartedAt, report.ComputeAt);
            Record(computeInfer, report.ComputeAt, report.ComputedAt);
            Record(computeOutput, report.ComputedAt, report.EndedAt);
        }

        void Record(DurationSeries<(string, string)> series, long from, long to) => series.Record((model, version), time.GetElapsedTime(from, to).TotalSeconds);
    }

    public void Dispose() => meter?.Dispose();

    private DurationSeries<(string Model, string Version)> Add(string name, string description)
    {
        var series = new DurationSeries<(string Model, string Version)>(time);
        meter?.CreateObservableGauge(name, () => series.Measure(key => [new("model", key.Model), new("version", key.Version)], perSecond: 1e6), null, description);
        return series;
    }
}
