using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Inference.Api.Models;

/// <summary>Loads the repository once the server is up, so that health can be asked meanwhile.</summary>
internal sealed class RepositoryLoading(ModelRepository repository, WorkerHealth health) : BackgroundService
{
    private volatile bool finished;

    /// <summary>True once every model has been loaded or refused.</summary>
    public bool Finished => finished;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await health.RunAsync("model repository", LoadAsync, stoppingToken);
    }

    private async Task LoadAsync(CancellationToken stoppingToken)
    {
        await repository.LoadAllAsync(stoppingToken);
        finished = true;
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }
}
