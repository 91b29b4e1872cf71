using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>Loads the repository once the server is up, so that health can be asked meanwhile; when told to poll, looks at the files again and again.</summary>
internal sealed class RepositoryLoading(ModelRepository repository, RepositoryNames names, IOptions<ModelRepositoryOptions> options, WorkerHealth health, TimeProvider time) : BackgroundService
{
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: the repository cannot be read, and nobody would look again: the process ends with that.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.ControlMode != ModelControlMode.Poll)
        {
            names.Read();
        }

        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => health.RunAsync("model repository", LoadAsync, stoppingToken);

    private async Task LoadAsync(CancellationToken stoppingToken)
    {
        if (options.Value.ControlMode != ModelControlMode.Poll)
        {
            await repository.LoadAllAsync(stoppingToken);
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }

        using var poll = new PeriodicTimer(options.Value.PollInterval, time);
        try
        {
            do
            {
                await repository.RefreshAsync(stoppingToken);
            }
            while (await poll.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await repository.SettleAsync(); // what is being loaded needs the services that go next
        }
    }
}
