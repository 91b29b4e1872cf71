using System.Diagnostics.Metrics;
using MlAspire.Inference.Api.Models;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Triton's metrics, from the same numbers as the statistics extension, of the versions that have been asked.</summary>
internal sealed class TritonMetrics : IDisposable
{
    private static readonly string[] Reasons = ["REJECTED", "CANCELED", "BACKEND", "OTHER"]; // in the order of FailureReason

    private readonly ModelTable table;
    private readonly Meter meter;

    public TritonMetrics(IMeterFactory meters, ModelTable table)
    {
        this.table = table;
        meter = meters.Create(TelemetryNames.Sources.Inference);
        Add(TelemetryNames.Triton.RequestSuccess, "Requests answered.", statistics => statistics.Success.Count);
        Add(TelemetryNames.Triton.Count, "Rows answered.", statistics => statistics.InferenceCount);
        Add(TelemetryNames.Triton.ExecCount, "Runs of the model.", statistics => statistics.ExecutionCount);
        Add(TelemetryNames.Triton.RequestDuration, "Requests answered, in all.", statistics => statistics.Success.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.QueueDuration, "Waiting for a run, in all.", statistics => statistics.Queue.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.ComputeInputDuration, "Preparing inputs, in all.", statistics => statistics.ComputeInput.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.ComputeInferDuration, "Running the model, in all.", statistics => statistics.ComputeInfer.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.ComputeOutputDuration, "Preparing outputs, in all.", statistics => statistics.ComputeOutput.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.CacheHits, "Requests answered from the response cache.", statistics => statistics.CacheHit.Count);
        Add(TelemetryNames.Triton.CacheMisses, "Requests that the response cache had no answer to.", statistics => statistics.CacheMiss.Count);
        Add(TelemetryNames.Triton.CacheHitDuration, "Finding kept answers, in all, in microseconds.", statistics => statistics.CacheHit.Nanoseconds / 1000);
        Add(TelemetryNames.Triton.CacheMissDuration, "Looking for answers in vain and keeping new ones, in all, in microseconds.", statistics => statistics.CacheMiss.Nanoseconds / 1000);
        meter.CreateObservableGauge(TelemetryNames.Triton.LoadDuration, () => table.Asked.Select(model => new Measurement<double>(model.LoadDuration.TotalSeconds, Tags(model))), null, "From reading the version's file to serving it.");
        meter.CreateObservableGauge(TelemetryNames.Triton.Pending, () => table.Asked.Select(model => new Measurement<long>(model.Waiting, Tags(model))), null, "Requests that wait for a run.");
        meter.CreateObservableCounter(TelemetryNames.Triton.RequestFailure, Failures, null, "Requests failed.");
    }

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?>[] Tags(LoadedModel model) => [new("model", model.Name), new("version", model.Version)];

    private void Add(string name, string description, Func<ModelStatisticsSnapshot, long> value) =>
        meter.CreateObservableCounter(name, () => table.Asked.Select(model => new Measurement<long>(value(model.Statistics.Snapshot()), Tags(model))), null, description);

    private IEnumerable<Measurement<long>> Failures() =>
        from model in table.Asked
        let failures = model.Statistics.Snapshot().Failures
        from reason in Enumerable.Range(0, Reasons.Length)
        select new Measurement<long>(failures[reason], [.. Tags(model), new("reason", Reasons[reason])]);
}
