using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>The spans and metrics of the service.</summary>
internal sealed class InferenceMetrics : IDisposable
{
    public static readonly ActivitySource Source = new(TelemetryNames.Sources.Inference);

    private readonly Meter meter;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> queueDuration;
    private readonly Histogram<long> batchSize;
    private readonly UpDownCounter<long> active;
    private readonly Counter<long> predictions;

    public InferenceMetrics(IMeterFactory meters)
    {
        meter = meters.Create(TelemetryNames.Sources.Inference);
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };
        duration = meter.CreateHistogram(TelemetryNames.Metrics.InferenceDuration, "s", "From the request's first byte read to its answer written.", null, seconds);
        queueDuration = meter.CreateHistogram(TelemetryNames.Metrics.InferenceQueueDuration, "s", "From the check of a request to the start of its run.", null, seconds);
        batchSize = meter.CreateHistogram(TelemetryNames.Metrics.InferenceBatchSize, "{row}", "Rows of one run of a model.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });
        active = meter.CreateUpDownCounter<long>(TelemetryNames.Metrics.InferenceActive, "{request}", "Inference requests under way.");
        predictions = meter.CreateCounter<long>(TelemetryNames.Metrics.InferencePredictions, "{row}", "Rows that were answered; at the gateway also requests that failed, one each.");
    }

    public void Started() => active.Add(1);

    /// <param name="model">Null when the request named none that exists: names of callers are no label values.</param>
    /// <param name="outcome"><c>ok</c>, or the wire name of an error code.</param>
    public void Completed(string? model, string? version, string outcome, TimeSpan elapsed)
    {
        active.Add(-1);
        var tags = new TagList { { TelemetryNames.Attributes.Outcome, outcome } };
        Name(ref tags, model, version);
        duration.Record(elapsed.TotalSeconds, tags);
    }

    /// <param name="rows">Of the whole run.</param>
    public void Ran(string model, string version, long rows)
    {
        var tags = default(TagList);
        Name(ref tags, model, version);
        batchSize.Record(rows, tags);
        predictions.Add(rows, tags);
    }

    public void Waited(string model, string version, TimeSpan queued)
    {
        var tags = default(TagList);
        Name(ref tags, model, version);
        queueDuration.Record(queued.TotalSeconds, tags);
    }

    public void Dispose() => meter.Dispose();

    private static void Name(ref TagList tags, string? model, string? version)
    {
        if (model is not null)
        {
            tags.Add(TelemetryNames.Attributes.ModelName, model);
            tags.Add(TelemetryNames.Attributes.ModelVersion, version);
        }
    }
}
