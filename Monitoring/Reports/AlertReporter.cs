using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Traffic;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Reports;

/// <summary>Keeps the alerts of the audit log as they are here: every 10 s it reports those that began or ceased to hold. What the gateway does not take is reported the next time; an alert that came and went within 10 s is not in the log.</summary>
internal sealed partial class AlertReporter(AuditReports reports, LogRuleWorker rules, TrafficWatch traffic, WorkerHealth worker, TimeProvider time, ILogger<AlertReporter> log)
    : PeriodicWorker("alert reports", Interval, worker, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const string LogRule = "log_rule ";
    private const string TrafficSpike = "traffic_spike ";

    private HashSet<string>? told; // ours that hold by the log; null = not known: an earlier process may have told some, or an answer was lost
    private Func<CancellationToken, Task>? unanswered; // a report that may be recorded, now or later: it is sent again before anything else
    private bool isAway; // so that it is said once

    protected override bool IsOn => reports.IsOn;

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        try
        {
            await TellAsync(stopping);
            isAway = false;
        }
        catch (ServiceError e)
        {
            if (!isAway)
            {
                LogUnreported(e.Message);
            }

            isAway = true;
            told = null;
        }
    }

    private async Task TellAsync(CancellationToken stopping)
    {
        if (unanswered is not null)
        {
            await unanswered(stopping);
            unanswered = null;
        }

        told ??= [.. (await reports.AlertsInForceAsync(stopping)).Where(IsOurs)];
        var firing = Firing();
        foreach (var (alert, since) in firing.Where(each => !told.Contains(each.Key)))
        {
            await ReportAsync((key, token) => reports.FiredAsync(alert, since, key, token), stopping);
            told.Add(alert);
        }

        foreach (var alert in told.Where(each => !firing.ContainsKey(each)).ToList())
        {
            await ReportAsync((key, token) => reports.ClearedAsync(alert, key, token), stopping);
            told.Remove(alert);
        }
    }

    private async Task ReportAsync(Func<string, CancellationToken, Task> report, CancellationToken stopping)
    {
        var key = Guid.NewGuid().ToString("N");
        unanswered = token => report(key, token);
        await unanswered(stopping);
        unanswered = null;
    }

    private SortedDictionary<string, DateTimeOffset> Firing() => new(
        rules.States.Where(rule => rule.FiringSince is not null).ToDictionary(rule => LogRule + rule.Name, rule => rule.FiringSince!.Value)
            .Concat(traffic.Spikes.ToDictionary(spike => TrafficSpike + spike.Model, spike => spike.Since)).ToDictionary(), StringComparer.Ordinal);

    /// <summary>Whether an alert of the log is one that this service reports, so that it may clear it.</summary>
    private static bool IsOurs(string alert) => alert.StartsWith(LogRule, StringComparison.Ordinal) || alert.StartsWith(TrafficSpike, StringComparison.Ordinal);

    [LoggerMessage(EventName = TelemetryNames.Events.AlertsUnreported, Level = LogLevel.Warning, Message = "Alerts are not recorded in the audit log: {Reason} It is tried again")]
    private partial void LogUnreported(string reason);
}
