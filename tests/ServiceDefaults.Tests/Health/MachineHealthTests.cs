using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Health;

public sealed class MachineHealthTests
{
    public sealed class Behind(HttpClient http)
    {
        public Task<string> AskAsync() => http.GetStringAsync("/asked");
    }

    [Theory]
    [InlineData("disk", "MinFreeDiskBytes", "9000000000000000000", "low_disk_space", "MiB are free on the disk of")]
    [InlineData("memory", "MaxMemoryShare", "0.0000001", "low_process_memory", "MiB are in use")]
    public async Task What_is_low_degrades_with_the_reason_and_one_warning_and_is_over_when_there_is_enough(string check, string limit, string low, string warning, string reason)
    {
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time).UseSetting($"Health:{limit}", low));

        var body = await AskAgainAsync();
        Assert.Contains($"\"{check}\":{{\"status\":\"Degraded\"", body, StringComparison.Ordinal);
        Assert.Contains(reason, body, StringComparison.Ordinal);
        await AskAgainAsync();
        Assert.Equal(LogLevel.Warning, Assert.Single(service.Logs.Named(warning)).Level);
        Assert.Empty(service.Logs.Named("machine_recovered"));

        service.App.Configuration[$"Health:{limit}"] = check == "disk" ? "0" : "1";
        ((IConfigurationRoot)service.App.Configuration).Reload();
        Assert.StartsWith("""{"status":"Healthy",""", await AskAgainAsync(), StringComparison.Ordinal);
        Assert.Equal(check, Assert.Single(service.Logs.Named("machine_recovered")).Fields["Check"]);

        async Task<string> AskAgainAsync()
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await service.Client.GetStringAsync("/health/ready");
        }
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(6, "The clock is 6 s ahead of that of behind.")]
    [InlineData(-6, "The clock is 6 s behind that of behind.")]
    public async Task A_clock_that_differs_from_that_of_a_service_behind_by_more_than_5_s_degrades(int ahead, string? trouble)
    {
        var theirs = new DateTimeOffset(2001, 3, 1, 12, 0, 0, TimeSpan.Zero);
        await using var behind = await TestService.StartAsync(map: app => app.MapGet("/asked", (Microsoft.AspNetCore.Http.HttpResponse response) =>
        {
            response.Headers.Date = theirs.ToString("R");
            return "yes";
        }));
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.UseTime(new ManualTimeProvider(theirs.AddSeconds(ahead))).AddServiceClient<Behind>("behind");
            builder.UseService("behind", behind.Address);
        });

        await service.Services.GetRequiredService<Behind>().AskAsync();

        var body = await service.Client.GetStringAsync("/health/ready");
        Assert.Equal(trouble is not null, body.Contains($"\"clock\":{{\"status\":\"Degraded\",\"description\":\"{trouble}\"}}", StringComparison.Ordinal));
        Assert.Equal(trouble is null ? [] : [trouble], service.Logs.Named("clock_skewed").Select(line => line.Fields["Reason"]));
    }

    [Fact]
    public async Task Startup_says_why_it_is_not_over_and_stays_over_when_a_check_fails_later()
    {
        var loaded = HealthCheckResult.Unhealthy("models are being loaded");
        var time = new ManualTimeProvider();
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time).Services.AddHealthChecks().AddCheck("models", () => loaded, ["ready"]));

        using var before = await service.Client.GetAsync("/health/startup");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Contains("models are being loaded", await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        loaded = HealthCheckResult.Healthy();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("""{"status":"Healthy","checks":{}}""", await service.Client.GetStringAsync("/health/startup"));

        loaded = HealthCheckResult.Unhealthy("gone");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("""{"status":"Healthy","checks":{}}""", await service.Client.GetStringAsync("/health/startup"));
        using var ready = await service.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task A_limit_that_cannot_be_is_refused_by_name()
    {
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => TestService.StartAsync(builder => builder.UseSetting("Health:MaxMemoryShare", "1.1")));
        Assert.Contains("MaxMemoryShare", refused.Message, StringComparison.Ordinal);
    }
}
