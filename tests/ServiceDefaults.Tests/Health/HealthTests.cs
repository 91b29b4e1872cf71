using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Health;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Service_without_trouble_is_live_and_ready()
    {
        await using var service = await TestService.StartAsync();
        Assert.Equal("""{"status":"Healthy","checks":{}}""", await service.Client.GetStringAsync("/health/live"));
        Assert.Equal("""{"status":"Healthy","checks":{"drain":{"status":"Healthy","description":null},"workers":{"status":"Healthy","description":null},"disk":{"status":"Healthy","description":null},"memory":{"status":"Healthy","description":null},"clock":{"status":"Healthy","description":null}}}""", await service.Client.GetStringAsync("/health/ready"));
    }

    [Fact]
    public async Task Failing_check_makes_the_service_not_ready_with_the_reason_and_leaves_it_live()
    {
        await using var service = await TestService.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("broken", () => HealthCheckResult.Unhealthy("why"), ["ready"])
            .AddCheck("untagged", () => HealthCheckResult.Unhealthy("not asked")));

        var ready = await service.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains(""""broken":{"status":"Unhealthy","description":"why"}}}"""", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task Checks_run_once_a_second_however_many_ask()
    {
        var runs = 0;
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time).Services.AddHealthChecks()
            .AddCheck("counted", () => HealthCheckResult.Healthy($"run {Interlocked.Increment(ref runs)}"), ["ready"]));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.Client.GetAsync("/health/ready")));
        time.Advance(TimeSpan.FromMilliseconds(999));
        await service.Client.GetAsync("/health/ready");
        Assert.Equal(1, runs);

        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Contains("run 2", await service.Client.GetStringAsync("/health/ready"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_that_ignores_its_time_out_does_not_hold_the_answer()
    {
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time).Services.AddHealthChecks()
            .AddAsyncCheck("hangs", () => new TaskCompletionSource<HealthCheckResult>().Task, ["ready"]));

        var asking = service.Client.GetAsync("/health/ready");
        await Eventually.TrueAsync("the limit of the checks to be armed", () => time.ArmedTimers > 0);
        time.Advance(TimeSpan.FromSeconds(3));

        var ready = await asking.WithinAsync("the answer after the limit");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("did not finish within 3 s", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loop_that_dies_makes_the_service_not_ready_and_one_critical_line()
    {
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time));
        var workers = service.Services.GetRequiredService<WorkerHealth>();

        await workers.RunAsync("stream-reader", _ => throw new InvalidOperationException("broken"), CancellationToken.None);

        var ready = await service.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("stream-reader has stopped: InvalidOperationException", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var line = Assert.Single(service.Logs.Named("worker_failed"));
        Assert.Equal((LogLevel.Critical, "broken"), (line.Level, line.Exception?.Message));
    }

    [Fact]
    public async Task Loop_that_is_cancelled_leaves_the_service_ready()
    {
        await using var service = await TestService.StartAsync();
        using var stop = new CancellationTokenSource();
        var loop = service.Services.GetRequiredService<WorkerHealth>().RunAsync("loop", token => Task.Delay(Timeout.Infinite, token), stop.Token);

        await stop.CancelAsync();
        await loop.WithinAsync("the loop to end");

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);
        Assert.Empty(service.Logs.Named("worker_failed"));
    }

    [Fact]
    public async Task Loop_that_is_started_again_makes_the_service_ready_again()
    {
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time));
        var workers = service.Services.GetRequiredService<WorkerHealth>();
        using var stop = new CancellationTokenSource();
        await workers.RunAsync("loop", _ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Client.GetAsync("/health/ready")).StatusCode);

        var loop = workers.RunAsync("loop", token => Task.Delay(Timeout.Infinite, token), stop.Token);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);
        await stop.CancelAsync();
        await loop.WithinAsync("the loop to end");
    }

    [Fact]
    public async Task Startup_is_over_when_the_service_was_ready_once_whoever_asked()
    {
        var time = new ManualTimeProvider();
        var state = HealthStatus.Unhealthy;
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time).Services.AddHealthChecks()
            .AddCheck("changing", () => new HealthCheckResult(state), ["ready"]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Client.GetAsync("/health/startup")).StatusCode);

        await AskReadyAsync(HealthStatus.Healthy);
        await AskReadyAsync(HealthStatus.Unhealthy);

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/startup")).StatusCode);

        async Task AskReadyAsync(HealthStatus now)
        {
            state = now;
            time.Advance(TimeSpan.FromSeconds(1));
            await service.Client.GetAsync("/health/ready");
        }
    }
}
