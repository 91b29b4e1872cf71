using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>How a service ends: it says that it is not ready, and goes on answering for <see cref="HealthOptions.StopGrace"/>, so that who shares out requests can look elsewhere; then no more are taken, and those under way end.</summary>
internal sealed class Drain(IHostApplicationLifetime lifetime, IOptions<HealthOptions> options, TimeProvider time) : IHostedLifecycleService, IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The service is about to end.") : HealthCheckResult.Healthy());

    /// <summary>Before anything is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication(); // a signal has done so already
        await Task.Delay(options.Value.StopGrace, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who is in a hurry goes on
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
