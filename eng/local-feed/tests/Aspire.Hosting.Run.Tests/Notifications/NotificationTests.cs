using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Notifications;

/// <summary>Snapshots, their changes, and waits on them, without anything that runs.</summary>
public sealed class NotificationTests : IAsyncDisposable
{
    private readonly DistributedApplication app;
    private readonly ResourceNotificationService notifications;
    private readonly IResource thing;

    public NotificationTests()
    {
        var builder = DistributedApplication.CreateBuilder(Programs.Options());
        thing = builder.AddResource(new ThingResource("thing")).Resource;
        app = builder.Build();
        notifications = app.ResourceNotifications;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_wait_ends_with_the_state_that_is_already_there()
    {
        await SetAsync("Running");
        Assert.Equal("Running", await notifications.WaitForResourceAsync("THING", ["Finished", "running"], Waits.Soon()));
    }

    [Fact]
    public async Task A_wait_ends_with_a_state_that_comes_later()
    {
        var waiting = notifications.WaitForResourceAsync("thing", "Finished", Waits.Soon());
        await SetAsync("Running");
        Assert.False(waiting.IsCompleted);
        await SetAsync("Finished");
        await waiting;
    }

    [Fact]
    public async Task A_wait_that_is_given_up_says_what_the_resource_was_doing()
    {
        await notifications.PublishUpdateAsync(thing, snapshot => snapshot with { State = "Running", HealthReports = [new("check", HealthStatus.Unhealthy, "503", null)] });
        using var giveUp = new CancellationTokenSource();
        var waiting = notifications.WaitForResourceHealthyAsync("thing", giveUp.Token);
        await giveUp.CancelAsync();

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);

        Assert.Equal(
            $"Resource 'thing' failed to become healthy before the operation was cancelled.{Environment.NewLine}- thing: state Running, health Unhealthy{Environment.NewLine}  - check: Unhealthy 503",
            error.Message);
    }

    [Fact]
    public async Task A_wait_for_health_ends_when_the_resource_fails()
    {
        var waiting = notifications.WaitForResourceHealthyAsync("thing", WaitBehavior.StopOnResourceUnavailable, Waits.Soon());
        await SetAsync("FailedToStart");
        Assert.Equal(
            "Stopped waiting for resource 'thing' to become healthy because it failed to start.",
            (await Assert.ThrowsAsync<DistributedApplicationException>(() => waiting)).Message);
    }

    [Fact]
    public async Task A_wait_for_a_resource_that_does_not_exist_fails_at_once() =>
        await Assert.ThrowsAsync<DistributedApplicationException>(() => notifications.WaitForResourceHealthyAsync("nobody", WaitBehavior.StopOnResourceUnavailable, Waits.Soon()));

    [Fact]
    public async Task An_update_that_changes_nothing_is_not_published()
    {
        await notifications.PublishUpdateAsync(thing, snapshot => snapshot with { State = "Running", Properties = [new("list", "a b".Split())] });
        using var stop = new CancellationTokenSource();
        await using var changes = notifications.WatchAsync(stop.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await changes.MoveNextAsync());
        await notifications.PublishUpdateAsync(thing, snapshot => snapshot with { Properties = [new("list", new List<string> { "a", "b" })] });
        await SetAsync("Finished");
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(("Finished", 2L), (changes.Current.Snapshot.State!.Text, changes.Current.Snapshot.Version));
    }

    [Theory]
    [InlineData("Starting", new HealthStatus[0], null)]
    [InlineData("Running", new HealthStatus[0], HealthStatus.Healthy)]
    [InlineData("Running", new[] { HealthStatus.Healthy, HealthStatus.Degraded }, HealthStatus.Degraded)]
    [InlineData("Running", new[] { HealthStatus.Unhealthy, HealthStatus.Healthy }, HealthStatus.Unhealthy)]
    public async Task Health_is_the_worst_report_of_what_runs(string state, HealthStatus[] reports, HealthStatus? expected)
    {
        await notifications.PublishUpdateAsync(thing, snapshot => snapshot with { State = state, HealthReports = [.. reports.Select((status, i) => new HealthReportSnapshot($"{i}", status, null, null))] });
        Assert.Equal(expected, Current().HealthStatus);
    }

    [Fact]
    public async Task A_check_that_has_not_run_counts_as_unhealthy()
    {
        await notifications.PublishUpdateAsync(thing, snapshot => snapshot with { State = "Running", HealthReports = [new("a", HealthStatus.Healthy, null, null), new("b", null, null, null)] });
        Assert.Equal(HealthStatus.Unhealthy, Current().HealthStatus);
    }

    [Fact]
    public async Task Lines_of_a_logger_come_with_number_and_time_and_a_watch_ends_with_completion()
    {
        var loggers = app.Services.GetRequiredService<ResourceLoggerService>();
        var logger = loggers.GetLogger(thing);
        logger.Log(Microsoft.Extensions.Logging.LogLevel.Information, default, "first", null, (state, _) => state);
        logger.Log(Microsoft.Extensions.Logging.LogLevel.Error, default, "second", null, (state, _) => state);
        loggers.Complete(thing);

        var lines = new List<LogLine>();
        await foreach (var batch in loggers.WatchAsync(thing).WithCancellation(Waits.Soon()))
        {
            lines.AddRange(batch);
        }

        Assert.Equal([(1, "first", false), (2, "second", true)], lines.Select(line => (line.LineNumber, line.Content.Split(' ')[1], line.IsErrorMessage)));
    }

    private Task SetAsync(string state) => notifications.PublishUpdateAsync(thing, snapshot => snapshot with { State = state });

    private CustomResourceSnapshot Current()
    {
        Assert.True(notifications.TryGetCurrentState("thing", out var current));
        return current.Snapshot;
    }

    private sealed class ThingResource(string name) : Resource(name);
}
