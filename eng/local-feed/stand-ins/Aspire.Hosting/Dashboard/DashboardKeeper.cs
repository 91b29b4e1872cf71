using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Starts the dashboard again when it ends by itself: an unhandled error in one page ends its whole process. Its address, keys and tokens stay, the telemetry that it held is lost.</summary>
internal sealed partial class DashboardKeeper(
    ResourceNotificationService notifications, DcpExecutor executor, IHostApplicationLifetime application, ILogger<DistributedApplication> logger) : HostedLoop
{
    private const int MaxRestarts = 5;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, application.ApplicationStopping);
        for (var restarts = 1; restarts <= MaxRestarts; restarts++)
        {
            await AwaitAsync(state => state == KnownResourceStates.Running, end.Token).ConfigureAwait(false);
            var ended = await AwaitAsync(state => state == KnownResourceStates.Finished || state == KnownResourceStates.Exited, end.Token).ConfigureAwait(false);
            LogRestart(ended.Snapshot.ExitCode, restarts, MaxRestarts);
            await executor.StartAsync(ended.ResourceId, end.Token).ConfigureAwait(false);
        }
    }

    private Task<ResourceEvent> AwaitAsync(Func<string?, bool> reached, CancellationToken cancellationToken) =>
        notifications.WaitForResourceAsync(DashboardResource.Name, change => reached(change.Snapshot.State?.Text), cancellationToken);

    [LoggerMessage(LogLevel.Warning, "The dashboard ended by itself (exit code {ExitCode}) and is started again ({Restarts} of at most {MaxRestarts} times).")]
    private partial void LogRestart(int? exitCode, int restarts, int maxRestarts);
}
