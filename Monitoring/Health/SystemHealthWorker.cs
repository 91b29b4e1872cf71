using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.Monitoring.Configuration;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Health;

/// <summary>Asks all services that it is told of (section <c>services</c>) every 5 s whether they are ready, and why not.</summary>
internal sealed partial class SystemHealthWorker(IConfiguration configuration, IHttpClientFactory clients, WorkerHealth worker, TimeProvider time, ILogger<SystemHealthWorker> log)
    : PeriodicWorker("system health", Interval, worker, time)
{
    public const string ClientName = "health";

    /// <summary>Bytes of a service's answer; a longer one counts as none.</summary>
    public const int MaxAnswerBytes = 1 << 16;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A service says within 3 s which of its checks did not end.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private volatile IReadOnlyDictionary<string, HealthBody> services = new Dictionary<string, HealthBody>();

    /// <summary>As of the last look, by service.</summary>
    public IReadOnlyDictionary<string, HealthBody> Services => services;

    protected override bool TurnsAtOnce => true;

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        var names = configuration.ServiceNames();
        var verdicts = await Task.WhenAll(names.Select(name => AskAsync(name, stopping)));
        var before = services;
        services = names.Zip(verdicts).ToDictionary(pair => pair.First, pair => pair.Second);
        foreach (var (name, health) in services)
        {
            Tell(name, before.GetValueOrDefault(name), health);
        }
    }

    private async Task<HealthBody> AskAsync(string service, CancellationToken stopping)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var answer = await client.GetAsync($"http://{service}{HealthEndpoints.ReadyPath}", stopping);
            return await answer.Content.ReadFromJsonAsync<HealthBody>(MonitoringJson.Default.HealthBody, stopping) ?? NoVerdict("Its answer is no verdict.");
        }
        catch (HttpRequestException e)
        {
            return NoVerdict($"It does not answer: {e.HttpRequestError}.");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return NoVerdict($"It did not answer within {Limit.TotalSeconds:0} s.");
        }
        catch (JsonException)
        {
            return NoVerdict("Its answer is no verdict.");
        }
    }

    /// <summary>Logs a verdict that is another one than before; that a service is healthy when it is looked at first is not told.</summary>
    private void Tell(string service, HealthBody? before, HealthBody health)
    {
        var failing = FailingOf(health).ToArray();
        if (failing.Select(Verdict).SequenceEqual(FailingOf(before).Select(Verdict)))
        {
            return;
        }

        if (failing.Length == 0)
        {
            LogHealthy(service);
        }
        else
        {
            LogNotHealthy(service, health.Status, string.Join("; ", failing.Select(check => $"{check.Key}: {check.Value.Description ?? check.Value.Status}")));
        }

        static (string, string) Verdict(KeyValuePair<string, HealthCheckBody> check) => (check.Key, check.Value.Status);
    }

    private static IEnumerable<KeyValuePair<string, HealthCheckBody>> FailingOf(HealthBody? health) =>
        health is null ? [] : health.Checks.Where(check => check.Value.Status != nameof(HealthStatus.Healthy)).OrderBy(check => check.Key, StringComparer.Ordinal);

    private static HealthBody NoVerdict(string reason) =>
        new(nameof(HealthStatus.Unhealthy), new Dictionary<string, HealthCheckBody> { ["answer"] = new(nameof(HealthStatus.Unhealthy), reason) });

    [LoggerMessage(EventName = TelemetryNames.Events.ServiceNotHealthy, Level = LogLevel.Warning, Message = "Service {WatchedService} is {Health}: {Reason}")]
    private partial void LogNotHealthy(string watchedService, string health, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.ServiceHealthy, Level = LogLevel.Information, Message = "Service {WatchedService} is healthy again")]
    private partial void LogHealthy(string watchedService);
}
