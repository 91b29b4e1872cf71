using System.Diagnostics.Metrics;
using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Diagnostics;

/// <summary>What the reader of the prediction stream tells about itself and about the models, and what rules count in log lines.</summary>
internal sealed class MonitoringMetrics
{
    private readonly Counter<long> events;
    private readonly Counter<long> logRuleMatches;
    private readonly Counter<long> rollouts;
    private long lag;
    private volatile IReadOnlyList<LogRuleState> logRules = [];
    private volatile IReadOnlyList<(string Model, bool Spikes)> spikes = [];

    public MonitoringMetrics(IMeterFactory meters, ModelStatistics statistics)
    {
        var meter = meters.Create(TelemetryNames.Sources.Monitoring);
        events = meter.CreateCounter<long>(TelemetryNames.Metrics.MonitoringEvents, "{event}", "Entries of the prediction stream by what became of them.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.MonitoringLag, () => Lag, "{event}", "Entries of the prediction stream that are not read yet.");
        logRuleMatches = meter.CreateCounter<long>(TelemetryNames.Metrics.LogRuleMatches, "{line}", "Log lines of all services that a rule counted.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.LogRuleFiring, () => logRules.Select(rule => new Measurement<int>(rule.FiringSince is null ? 0 : 1, RuleTag(rule.Name))), "1", "Whether a log rule fires.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.TrafficSpike, () => spikes.Select(model => new Measurement<int>(model.Spikes ? 1 : 0, ModelTag(model.Model))), "1", "Whether a model is asked many times as often as usual.");
        rollouts = meter.CreateCounter<long>(TelemetryNames.Metrics.RolloutVerdicts, "{verdict}", "Automatic canaries that were promoted, rolled back or paused.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.ModelAuc, () => AucOf(statistics), "1", "Area under the ROC curve over the labelled predictions that are remembered.");
    }

    /// <summary>As of the last look.</summary>
    public IReadOnlyList<LogRuleState> LogRules
    {
        set => logRules = value;
    }

    /// <summary>Of every model, as of the last look.</summary>
    public IReadOnlyList<(string Model, bool Spikes)> Spikes
    {
        set => spikes = value;
    }

    /// <summary>Entries that wait on the stream, as of the last look.</summary>
    public long Lag
    {
        get => Volatile.Read(ref lag);
        set => Volatile.Write(ref lag, value);
    }

    public void LogRuleMatched(string rule) => logRuleMatches.Add(1, RuleTag(rule));

    public void RolledOut(string model, string verdict) => rollouts.Add(1, ModelTag(model), new KeyValuePair<string, object?>(TelemetryNames.Attributes.Outcome, verdict));

    public void Events(long count, EntryOutcome outcome)
    {
        if (count > 0)
        {
            events.Add(count, new KeyValuePair<string, object?>(TelemetryNames.Attributes.Outcome, outcome switch
            {
                EntryOutcome.Counted => "counted",
                EntryOutcome.Unreadable => "unreadable",
                _ => "too_many_models",
            }));
        }
    }

    private static IEnumerable<Measurement<double>> AucOf(ModelStatistics statistics) =>
        from name in statistics.Models
        let auc = statistics.Summary(name)?.Auc
        where auc is not null
        select new Measurement<double>(auc.Value, ModelTag(name));

    private static KeyValuePair<string, object?> ModelTag(string model) => new(TelemetryNames.Attributes.ModelName, model);

    private static KeyValuePair<string, object?> RuleTag(string rule) => new(TelemetryNames.Attributes.Rule, rule);
}

/// <summary>What became of an entry of the stream.</summary>
internal enum EntryOutcome
{
    Counted,

    /// <summary>No event, or not one this version can read; skipped for good.</summary>
    Unreadable,

    /// <summary>Of a model beyond those that are watched; skipped.</summary>
    TooManyModels,
}
