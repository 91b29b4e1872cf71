using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Gateway.Verbosity;

/// <summary>Puts the end of each rule into the audit log, within a second.</summary>
internal sealed class VerboseRuleExpiry(VerboseRuleTable rules, WorkerHealth worker, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("verbose rules", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await rules.ExpireAsync(stopping);
            }
            catch (ServiceError)
            {
                // The audit log says that it cannot be written; the rule has no effect any more, and its record comes when it can.
            }
        }
    }
}
