using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Diagnostics;

/// <summary>What the store measures of itself; names in <see cref="TelemetryNames"/>.</summary>
internal sealed class FeatureStoreMetrics : IDisposable
{
    private const string Failed = "failed";
    private readonly ActivitySource source = new(TelemetryNames.Sources.FeatureStore);
    private readonly TimeProvider time;
    private readonly Histogram<double> readDuration;
    private readonly Histogram<double> age;
    private readonly Counter<long> missing;
    private readonly Counter<long> unreadable;
    private readonly Counter<long> staleWrites;
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
        unreadable = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureUnreadable, "{row}", "Stored rows that are no row of their view's layout, answered as NOT_FOUND.");
        staleWrites = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureStaleWrites, "{row}", "Rows that were not stored because the row stored was as new or newer, by source.");
        rows = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureRows, "{row}", "Pushed rows, by source and outcome.");
    }

    /// <summary>Opens the span of one read; the step also records the duration.</summary>
    public Step StartRead(string service, int rowCount, int keyCount)
    {
        var span = source.StartActivity(TelemetryNames.Spans.OnlineRead, ActivityKind.Client);
        span?.SetTag(TelemetryNames.Attributes.FeatureService, service).SetTag(TelemetryNames.Attributes.Rows, rowCount)
            .SetTag(TelemetryNames.Attributes.DbSystemName, "redis").SetTag(TelemetryNames.Attributes.DbOperationName, "MGET")
            .SetTag(TelemetryNames.Attributes.DbOperationBatchSize, keyCount);
        var started = time.GetTimestamp();
        return new Step(span, done =>
        {
            var tags = new TagList { { TelemetryNames.Attributes.FeatureService, service } };
            if (!done) { tags.Add(TelemetryNames.Attributes.ErrorType, Failed); }
            readDuration.Record(time.GetElapsedTime(started).TotalSeconds, tags);
        });
    }

    /// <summary>Opens the span of one push; the step also counts its rows when they were not taken.</summary>
    public Step StartPush(string pushSource, int rowCount)
    {
        var span = source.StartActivity(TelemetryNames.Spans.Push, ActivityKind.Client);
        span?.SetTag(TelemetryNames.Attributes.PushSource, pushSource).SetTag(TelemetryNames.Attributes.Rows, rowCount)
            .SetTag(TelemetryNames.Attributes.DbSystemName, "redis").SetTag(TelemetryNames.Attributes.DbOperationName, "EVALSHA");
        return new Step(span, done => AddRows(pushSource, done ? 0 : rowCount, Failed));
    }

    /// <summary>Age of what one row read of one view; -1 = no event, which is not recorded.</summary>
    public void ReadAge(string view, long ageSeconds)
    {
        if (ageSeconds >= 0) { age.Record(ageSeconds, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view)); }
    }

    /// <summary>One answered value; PRESENT ones are not counted.</summary>
    public void ReadValue(string view, FieldStatus status)
    {
        if (status == FieldStatus.Present) { return; }
        missing.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view), new(TelemetryNames.Attributes.FeatureStatus, FieldStatuses.Wire(status)));
    }

    /// <summary>One stored row that could not be read.</summary>
    public void Unreadable(string view) => unreadable.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view));

    /// <summary>Rows that were not newer than what was stored.</summary>
    public void StaleWrites(string pushSource, int count)
    {
        if (count > 0) { staleWrites.Add(count, new KeyValuePair<string, object?>(TelemetryNames.Attributes.PushSource, pushSource)); }
    }

    /// <summary>Rows of one push that were counted, or left out because they had been counted before.</summary>
    public void Pushed(string pushSource, int accepted, int skipped)
    {
        AddRows(pushSource, accepted, "accepted");
        AddRows(pushSource, skipped, "skipped");
    }

    public void Dispose() => source.Dispose();

    private void AddRows(string pushSource, int count, string outcome)
    {
        if (count > 0) { rows.Add(count, new KeyValuePair<string, object?>(TelemetryNames.Attributes.PushSource, pushSource), new(TelemetryNames.Attributes.Outcome, outcome)); }
    }

    /// <summary>One piece of work: a span that is an error unless <see cref="Done"/> was called before its end.</summary>
    internal sealed class Step(Activity? span, Action<bool> end) : IDisposable
    {
        private bool done;

        public void Done() => done = true;

        public void Dispose()
        {
            if (!done) { span?.SetStatus(ActivityStatusCode.Error); }
            end(done);
            span?.Dispose();
        }
    }
}
