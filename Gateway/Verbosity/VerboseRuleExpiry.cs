using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Gateway.Verbosity;

/// <summary>Puts the end of each rule into the audit log, within a second.</summary>
internal sealed class VerboseRuleExpiry(VerboseRuleTable rules, WorkerHealth worker, TimeProvider time)
    : PeriodicWorker("verbose rules", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task TurnAsync(CancellationToken stopping)
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
