using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Copies the console lines of every resource into the AppHost's log, category <c>{application}.Resources.{resource}</c>: what tests read.</summary>
internal sealed partial class ResourceLogForwarder(
    ResourceNotificationService notifications, ResourceLoggerService loggers, IHostEnvironment environment, ILoggerFactory factory) : HostedLoop
{
    private readonly ConcurrentDictionary<string, Task> copies = new(StringComparer.OrdinalIgnoreCase); // by instance

    protected override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping).ConfigureAwait(false))
            {
                _ = copies.GetOrAdd(change.ResourceId, instance => CopyAsync(instance, change.Resource.Name, stopping));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }

        await Task.WhenAll(copies.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CopyAsync(string instance, string resourceName, CancellationToken cancellationToken)
    {
        var logger = factory.CreateLogger($"{environment.ApplicationName}.Resources.{resourceName}");
        await foreach (var batch in loggers.WatchAsync(instance).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var line in batch)
            {
                if (line.IsErrorMessage)
                {
                    LogError(logger, line.LineNumber, line.Content);
                }
                else
                {
                    LogLine(logger, line.LineNumber, line.Content);
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "{LineNumber}: {LineContent}")]
    private static partial void LogLine(ILogger logger, int lineNumber, string lineContent);

    [LoggerMessage(LogLevel.Error, "{LineNumber}: {LineContent}")]
    private static partial void LogError(ILogger logger, int lineNumber, string lineContent);
}
