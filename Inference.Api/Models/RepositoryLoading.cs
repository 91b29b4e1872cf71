using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Inference.Api.Models;

/// <summary>Loads the repository once the server is up, so that health can be asked meanwhile.</summary>
internal sealed class RepositoryLoading(ModelRepository repository, WorkerHealth health) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => health.RunAsync("model repository", LoadAsync, stoppingToken);

    private async Task LoadAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await repository.LoadAllAsync(stoppingToken);
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }
}
