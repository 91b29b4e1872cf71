using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.Monitoring.Configuration;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Logs;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.LogRules;

/// <summary>Looks at every new line of all services, once a second, and says which rules fire.</summary>
internal sealed partial class LogRuleWorker(
    ReloadedOptions<LogRulesOptions> options, IOptions<LogsOptions> logs, MonitoringMetrics metrics, WorkerHealth worker, TimeProvider time, ILogger<LogRuleWorker> log)
    : PeriodicWorker("log rules", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, LogTail> tails = new(StringComparer.Ordinal); // by path
    private List<LogRule> rules = RulesOf(options.Value);
    private volatile IReadOnlyList<LogRuleState> states = [];
    private bool isFirst = true;

    /// <summary>As of the last look.</summary>
    public IReadOnlyList<LogRuleState> States => states;

    protected override bool IsOn => logs.Value.Directory.Length > 0;

    protected override bool TurnsAtOnce => true;

    public override void Dispose()
    {
        base.Dispose();
        foreach (var tail in tails.Values)
        {
            tail.Dispose();
        }
    }

    protected override Task TurnAsync(CancellationToken stopping)
    {
        TakeOverRules();
        foreach (var file in LogFiles.In(logs.Value.Directory, DateTimeOffset.MinValue).Where(file => file.Extension == ".jsonl"))
        {
            Read(file.FullName, isFirst, stopping);
        }

        Evaluate();
        isFirst = false;
        return Task.CompletedTask;
    }

    private static List<LogRule> RulesOf(LogRulesOptions options) => [.. options.Rules.Select(rule => new LogRule(rule))];

    private void TakeOverRules()
    {
        if (options.TakeOver(out var problem))
        {
            rules = RulesOf(options.Value);
        }
        else if (problem is not null)
        {
            LogUnusable(problem);
        }
    }

    private void Read(string path, bool fromEnd, CancellationToken stopping)
    {
        try
        {
            if (!tails.TryGetValue(path, out var tail))
            {
                tails[path] = tail = new LogTail(path, fromEnd);
            }

            tail.Read(Take, stopping);
        }
        catch (FileNotFoundException)
        {
            // Rotated just now; there is a new one soon.
        }
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\"event\":\"log_rule_"u8) >= 0)
        {
            return; // a rule about warnings must not count what it says itself
        }

        var now = Time.GetUtcNow();
        try
        {
            foreach (var rule in rules)
            {
                if (rule.Take(line, now))
                {
                    metrics.LogRuleMatched(rule.Options.Name);
                }
            }
        }
        catch (JsonException)
        {
            // A crash cut it off.
        }
    }

    private void Evaluate()
    {
        var now = Time.GetUtcNow();
        foreach (var rule in rules.Where(rule => rule.Changes(now)))
        {
            if (rule.Since is not null)
            {
                LogFired(rule.Options.Name, rule.CountInWindow, rule.Options.Window.TotalSeconds);
            }
            else
            {
                LogResolved(rule.Options.Name);
            }
        }

        states = [.. rules.Select(rule => new LogRuleState(rule.Options.Name, rule.CountInWindow, rule.Options.Count, rule.Options.Window.TotalSeconds, rule.Since))];
        metrics.LogRules = states;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.LogRuleFired, Level = LogLevel.Warning, Message = "Log rule {Rule} fires: {Count} lines within {WindowSeconds} s")]
    private partial void LogFired(string rule, int count, double windowSeconds);

    [LoggerMessage(EventName = TelemetryNames.Events.LogRuleResolved, Level = LogLevel.Information, Message = "Log rule {Rule} fires no longer")]
    private partial void LogResolved(string rule);

    [LoggerMessage(EventName = TelemetryNames.Events.LogRulesUnusable, Level = LogLevel.Error, Message = "The log rules cannot be used, and those before stay: {Reason}")]
    private partial void LogUnusable(string reason);
}
