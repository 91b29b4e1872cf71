using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Diagnostics;

/// <summary>What the store measures of itself; names in <see cref="TelemetryNames"/>.</summary>
internal sealed class FeatureStoreMetrics : IDisposable
{
    private readonly ActivitySource source = new(TelemetryNames.Sources.FeatureStore);
    private readonly TimeProvider time;
    private readonly Histogram<double> readDuration;
    private readonly Histogram<double> age;
    private readonly Counter<long> missing;
    private readonly Counter<long> rows;

    public FeatureStoreMetrics(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        var meter = meters.Create(TelemetryNames.Sources.FeatureStore);
        readDuration = meter.CreateHistogram(TelemetryNames.Metrics.FeatureReadDuration, "s", "Time to read and compute the features of one request.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5] });
        age = meter.CreateHistogram(TelemetryNames.Metrics.FeatureAge, "s", "Age of the newest event behind the values of a view, per row.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800] });
        missing = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureMissing, "{value}", "Values answered that are not PRESENT, by view and status.");
        rows = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureRows, "{row}", "Pushed rows, by source and outcome.");
    }

    /// <summary>Opens the span of one read; disposing the result ends it and records the duration.</summary>
    public Step StartRead(string service, int rowCount, int keyCount)
    {
        var span = source.StartActivity(TelemetryNames.Spans.OnlineRead, ActivityKind.Client);
        span?.SetTag(TelemetryNames.Attributes.FeatureService, service).SetTag(TelemetryNames.Attributes.Rows, rowCount)
            .SetTag("db.system.name", "redis").SetTag("db.operation.name", "MGET").SetTag("db.operation.batch.size", keyCount);
        return new Step(this, span, time.GetTimestamp(), service);
    }

    /// <summary>Opens the span of one push.</summary>
    public Activity? StartPush(string pushSource, int rowCount) => source.StartActivity(TelemetryNames.Spans.Push, ActivityKind.Client)?
        .SetTag("ml.push_source", pushSource).SetTag(TelemetryNames.Attributes.Rows, rowCount).SetTag("db.system.name", "redis").SetTag("db.operation.name", "EVALSHA");

    /// <summary>One value of an answer.</summary>
    public void Read(string view, FieldStatus status, long? ageSeconds)
    {
        if (status != FieldStatus.Present)
        {
            missing.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view), new(TelemetryNames.Attributes.FeatureStatus, FieldStatuses.Wire(status)));
        }
        if (ageSeconds is { } seconds) { age.Record(seconds, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view)); }
    }

    /// <summary>Rows of one push that were counted, or left out because they had been counted before.</summary>
    public void Pushed(string pushSource, int accepted, int skipped)
    {
        Add(accepted, "accepted");
        Add(skipped, "skipped");
        void Add(int count, string outcome)
        {
            if (count > 0) { rows.Add(count, new KeyValuePair<string, object?>("ml.push_source", pushSource), new(TelemetryNames.Attributes.Outcome, outcome)); }
        }
    }

    public void Dispose() => source.Dispose();

    internal readonly struct Step(FeatureStoreMetrics metrics, Activity? span, long started, string service) : IDisposable
    {
        public void Dispose()
        {
            metrics.readDuration.Record(metrics.time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureService, service));
            span?.Dispose();
        }
    }
}
