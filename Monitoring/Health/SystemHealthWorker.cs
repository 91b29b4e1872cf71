using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.Monitoring.Configuration;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Monitoring.Health;

/// <summary>Asks all services that it is told of (section <c>services</c>) every 5 s whether they are ready, and why not.</summary>
internal sealed class SystemHealthWorker(IConfiguration configuration, IHttpClientFactory clients, WorkerHealth worker, TimeProvider time) : BackgroundService
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

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("system health", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var names = configuration.ServiceNames();
            var verdicts = await Task.WhenAll(names.Select(name => AskAsync(name, stopping))).ConfigureAwait(false);
            services = names.Zip(verdicts).ToDictionary(pair => pair.First, pair => pair.Second);
        }
        while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
    }

    private async Task<HealthBody> AskAsync(string service, CancellationToken stopping)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var answer = await client.GetAsync($"http://{service}{HealthEndpoints.ReadyPath}", stopping).ConfigureAwait(false);
            return await answer.Content.ReadFromJsonAsync<HealthBody>(MonitoringJson.Default.HealthBody, stopping).ConfigureAwait(false) ?? NoVerdict("Its answer is no verdict.");
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

    private static HealthBody NoVerdict(string reason) =>
        new(nameof(HealthStatus.Unhealthy), new Dictionary<string, HealthCheckBody> { ["answer"] = new(nameof(HealthStatus.Unhealthy), reason) });
}
