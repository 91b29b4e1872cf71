using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Passes what the dashboard logs on to the AppHost's log, under categories that begin with <c>Aspire.Hosting.Dashboard</c>.</summary>
internal sealed class DashboardLog(
    ResourceNotificationService notifications, ResourceLoggerService loggers, IHostApplicationLifetime application, ILoggerFactory factory) : HostedLoop
{
    private const string Category = "Aspire.Hosting.Dashboard";
    private readonly ConcurrentDictionary<string, ILogger> targets = new(StringComparer.Ordinal);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        // While everything stops, the dashboard loses what it reads from: what it says about that is noise.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, application.ApplicationStopping);
        var dashboard = await notifications.WaitForResourceAsync(
            DashboardResource.Name, change => change.Snapshot.State?.Text == KnownResourceStates.Running, end.Token).ConfigureAwait(false);
        await foreach (var batch in loggers.WatchAsync(dashboard.ResourceId).WithCancellation(end.Token).ConfigureAwait(false))
        {
            foreach (var line in batch)
            {
                Pass(line);
            }
        }
    }

    /// <summary>A line is <c>{time} {"LogLevel":"Warning","Category":"X","Message":"..."}</c>; anything else is passed on as it is.</summary>
    private void Pass(LogLine line)
    {
        var begin = line.Content.IndexOf(' ', StringComparison.Ordinal) + 1;
        var text = line.Content[begin..];
        if (text.StartsWith("[sys]", StringComparison.Ordinal))
        {
            return;
        }

        if (Parse(text) is { } entry && Enum.TryParse<LogLevel>((string?)entry["LogLevel"], out var level))
        {
            var message = $"{(string?)entry["Message"]}{((string?)entry["Exception"] is { } exception ? Environment.NewLine + exception : "")}";
            Target((string?)entry["Category"]).Log(level, (int?)entry["EventId"] ?? 0, message, null, static (state, _) => state);
        }
        else
        {
            Target(null).Log(line.IsErrorMessage ? LogLevel.Error : LogLevel.Information, 0, text, null, static (state, _) => state);
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.StartsWith('{') ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ILogger Target(string? category)
    {
        const string Own = "Aspire.Dashboard.";
        var name = category switch
        {
            null => Category,
            _ when category.StartsWith(Own, StringComparison.Ordinal) => $"{Category}.{category[Own.Length..]}",
            _ => $"{Category}.ThirdParty.{category}",
        };
        return targets.GetOrAdd(name, factory.CreateLogger);
    }
}
