using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Routing;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Gateway;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>Asks every 5 s for the routes of models with a canary, judges those that are automatic, and has the gateway do what came of it.</summary>
/// <remarks>What the gateway does not do is asked of it again; what somebody changed since is left as it is.</remarks>
internal sealed partial class RolloutWorker(
    RolloutTable table, IServiceProvider services, MonitoringMetrics metrics, WorkerHealth worker, TimeProvider time, IOptions<RolloutsOptions> options, ILogger<RolloutWorker> log)
    : PeriodicWorker("rollouts", Interval, worker, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> blind = []; // models, so that it is said once

    protected override bool IsOn => options.Value.GatewayKey.Length > 0;

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        foreach (var model in table.Models())
        {
            await JudgeAsync(model, stopping);
        }
    }

    private async Task JudgeAsync(string model, CancellationToken stopping)
    {
        try
        {
            var gateway = services.GetRequiredService<GatewayClient>(); // made anew, as its connections are
            if (table.Judge(model, await gateway.NewestChangeAsync(model, options.Value.GatewayKey, stopping), Time.GetUtcNow()) is { } rollout)
            {
                await CarryOutAsync(gateway, rollout, rollout.Verdict!, stopping);
            }

            blind.Remove(model);
        }
        catch (ServiceError e)
        {
            if (blind.Add(model))
            {
                LogBlind(model, e.Message);
            }
        }
    }

    private async Task CarryOutAsync(GatewayClient gateway, Rollout rollout, Verdict verdict, CancellationToken stopping)
    {
        var evidence = JsonSerializer.SerializeToElement(RolloutState.Of(rollout), MonitoringJson.Default.RolloutState);
        var (path, tell) = verdict.Kind switch
        {
            VerdictKind.Promote => ("promote", (Action<string, string, string, string>)LogPromoted),
            VerdictKind.RollBack => ("roll-back", LogRolledBack),
            _ => ("pause", LogPaused),
        };
        if (await gateway.ChangeAsync(rollout.Split.Model, path, new RouteReason(verdict.Reason, evidence, rollout.Split.Since), options.Value.GatewayKey, stopping))
        {
            metrics.RolledOut(rollout.Split.Model, verdict.Wire);
            tell(rollout.Split.Model, rollout.Split.Canary, rollout.Split.Champion, verdict.Reason);
            table.End(rollout);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RolloutPromoted, Level = LogLevel.Information, Message = "Model {Model}: canary {ModelVersion} is the champion in place of {Champion}: {Reason}")]
    private partial void LogPromoted(string model, string modelVersion, string champion, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.RolloutRolledBack, Level = LogLevel.Warning, Message = "Model {Model}: canary {ModelVersion} is rolled back to {Champion}: {Reason}")]
    private partial void LogRolledBack(string model, string modelVersion, string champion, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.RolloutPaused, Level = LogLevel.Warning, Message = "Model {Model}: canary {ModelVersion} beside {Champion} is paused: {Reason}")]
    private partial void LogPaused(string model, string modelVersion, string champion, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.RolloutBlind, Level = LogLevel.Warning, Message = "The rollout of model {Model} is not judged, or its verdict not carried out: {Reason} It is tried again")]
    private partial void LogBlind(string model, string reason);
}
