using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.Gateway.Limits;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>The gateway's metrics.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>Label of a model that is not in the repository: a name from outside would be an unbounded label.</summary>
    public const string UnknownModel = "unknown";

    // An ONNX call of a small model takes 0.1 ms: the HTTP default's first bucket of 5 ms would hide everything.
    private static readonly InstrumentAdvice<double> FromMicroseconds =
        new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly Histogram<double> predictionDuration;
    private readonly Histogram<double> score;
    private readonly Counter<long> predictions;
    private readonly Counter<long> featuresMissing;
    private readonly Meter meter;
    private readonly Counter<long> auditRecordsLost;
    private readonly Histogram<double> auditCommitDuration;
    private readonly Counter<long> eventsDropped;
    private readonly Counter<long> admissionRefused;
    private readonly Counter<long> featureHedges;
    private readonly Counter<long> fallbacks;

    public GatewayMetrics(IMeterFactory meters)
    {
        meter = meters.Create(TelemetryNames.Sources.Gateway);
        predictionDuration = meter.CreateHistogram(TelemetryNames.Metrics.PredictionDuration, "s", "A predict request from body to answer.", tags: null, FromMicroseconds);
        score = meter.CreateHistogram(
            TelemetryNames.Metrics.PredictionScore, "1", "The model's output.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] });
        predictions = meter.CreateCounter<long>(TelemetryNames.Metrics.InferencePredictions, "{row}", "Rows that were answered; at the gateway also requests that failed, one each.");
        featuresMissing = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureMissing, "{value}", "Feature values that were read and are not PRESENT.");
        auditRecordsLost = meter.CreateCounter<long>(TelemetryNames.Metrics.AuditRecordsLost, "{record}", "Audit records that could not be written: of predictions that were answered nevertheless, and of requests that failed.");
        auditCommitDuration = meter.CreateHistogram(TelemetryNames.Metrics.AuditCommitDuration, "s", "From handing records over until they are on disk.", tags: null, FromMicroseconds);
        eventsDropped = meter.CreateCounter<long>(TelemetryNames.Metrics.PredictionEventsDropped, "{event}", "Prediction events that did not reach the stream.");
        admissionRefused = meter.CreateCounter<long>(TelemetryNames.Metrics.AdmissionRefused, "{request}", "Requests that found no place at their model.");
        featureHedges = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureHedges, "{read}", "Feature reads that were sent twice.");
        fallbacks = meter.CreateCounter<long>(TelemetryNames.Metrics.PredictionFallbacks, "{request}", "Requests that were answered by the model's fallback.");
    }

    public void Answered(string model, string version, TimeSpan took, IReadOnlyList<float> scores)
    {
        var tags = new TagList { { TelemetryNames.Attributes.ModelName, model }, { TelemetryNames.Attributes.ModelVersion, version }, { TelemetryNames.Attributes.Outcome, "ok" } };
        predictionDuration.Record(took.TotalSeconds, tags);
        predictions.Add(scores.Count, tags);
        foreach (var value in scores)
        {
            score.Record(value, tags);
        }
    }

    /// <param name="model">A known model's name, or <see cref="UnknownModel"/>.</param>
    /// <param name="took">Until the failure.</param>
    /// <param name="outcome">Wire name of the error code.</param>
    public void Failed(string model, TimeSpan took, string outcome, Fault fault)
    {
        var tags = new TagList { { TelemetryNames.Attributes.ModelName, model }, { TelemetryNames.Attributes.Outcome, outcome }, { TelemetryNames.Attributes.ErrorType, fault.Type } };
        if (fault.Peer is { } peer)
        {
            tags.Add(TelemetryNames.Attributes.PeerService, peer);
        }

        predictionDuration.Record(took.TotalSeconds, tags);
        predictions.Add(1, tags);
    }

    /// <param name="took">Waiting for a place, writing, fsync.</param>
    public void Committed(TimeSpan took) => auditCommitDuration.Record(took.TotalSeconds);

    /// <summary>From now on the records that the audit log has acknowledged are counted.</summary>
    /// <param name="records">By event, of which there are as many as kinds of records.</param>
    public void Recording(Func<IEnumerable<KeyValuePair<string, long>>> records) => meter.CreateObservableCounter(
        TelemetryNames.Metrics.AuditRecords, () => records().Select(each => new Measurement<long>(each.Value, new KeyValuePair<string, object?>("event", each.Key))), "{record}", "Audit records on disk since the start, by event.");

    /// <param name="records">Could not be written.</param>
    public void RecordsLost(int records) => auditRecordsLost.Add(records);

    /// <summary>From now on the records that the checkpoint on disk does not cover are measured.</summary>
    public void Uncovered(Func<long> records) => meter.CreateObservableGauge(TelemetryNames.Metrics.AuditUncovered, records, "{record}", "Audit records that no checkpoint on disk covers.");

    /// <summary>From now on the records that the witness has not seen are measured.</summary>
    public void Unwitnessed(Func<long> records) => meter.CreateObservableGauge(TelemetryNames.Metrics.AuditUnwitnessed, records, "{record}", "Audit records that the witness has not signed for.");

    /// <summary>From now on it is counted how often the audit log was not what was written.</summary>
    public void Verifying(Func<long> failures) => meter.CreateObservableCounter(
        TelemetryNames.Metrics.AuditVerifyFailures, failures, "{failure}", "Audit records that were read and are not what was written, and refusals of the log by its witness or its copied checkpoint.");

    /// <summary>From now on each model's limit, and how many requests it has in progress, are measured.</summary>
    public void Admitting(IEnumerable<KeyValuePair<string, AdaptiveLimit>> limits)
    {
        meter.CreateObservableGauge(TelemetryNames.Metrics.AdmissionLimit, () => limits.Select(each => new Measurement<int>(each.Value.Limit, TagOf(each.Key))), "{request}", "Requests that a model may have in progress.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.AdmissionInProgress, () => limits.Select(each => new Measurement<int>(each.Value.InProgress, TagOf(each.Key))), "{request}", "Requests that a model has in progress.");
    }

    /// <param name="model">A known model's name, or <see cref="UnknownModel"/>.</param>
    public void Refused(string model) => admissionRefused.Add(1, TagOf(model));

    public void FeaturesMissing(string model, int values) => featuresMissing.Add(values, TagOf(model));

    /// <param name="model">The model that was asked for.</param>
    public void FellBack(string model) => fallbacks.Add(1, TagOf(model));

    /// <param name="winner">Which read answered: <c>first</c> or <c>second</c>.</param>
    public void Hedged(string winner) => featureHedges.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.Outcome, winner));

    public void EventsDropped(int events, string reason) => eventsDropped.Add(events, new KeyValuePair<string, object?>("reason", reason));

    private static KeyValuePair<string, object?> TagOf(string model) => new(TelemetryNames.Attributes.ModelName, model);
}
