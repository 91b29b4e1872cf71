using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Orchestrator;

/// <summary>A loop that runs while the application does. Unlike BackgroundService it says nothing when an application is stopped before it was fully started.</summary>
internal abstract class HostedLoop : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(() => RunAsync(stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs until cancelled, which it may show by an <see cref="OperationCanceledException"/>.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);
}
