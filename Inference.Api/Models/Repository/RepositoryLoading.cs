using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>Loads the repository once the server is up, so that health can be asked meanwhile; then, when told to poll, looks at the files again and again.</summary>
internal sealed class RepositoryLoading(ModelRepository repository, IOptions<ModelRepositoryOptions> options, WorkerHealth health, TimeProvider time) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => health.RunAsync("model repository", LoadAsync, stoppingToken);

    private async Task LoadAsync(CancellationToken stoppingToken)
    {
        await repository.LoadAllAsync(stoppingToken);
        if (options.Value.ControlMode != ModelControlMode.Poll)
        {
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }

        using var poll = new PeriodicTimer(options.Value.PollInterval, time);
        while (await poll.WaitForNextTickAsync(stoppingToken))
        {
            await repository.RefreshAsync(stoppingToken);
        }
    }
}
