using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>A background loop that does one thing again and again. Its period runs from when it is made, not from when its loop is first scheduled, which on a busy machine is later.</summary>
/// <remarks>A turn that takes longer than the period delays the next one; no two run at once.</remarks>
/// <param name="name">Of the loop, for the log and the health answer.</param>
/// <param name="interval">Between turns, more than 0.</param>
/// <param name="health">Learns when the loop dies.</param>
/// <param name="time">Of the period.</param>
public abstract class PeriodicWorker(string name, TimeSpan interval, WorkerHealth health, TimeProvider time) : BackgroundService
{
    private readonly PeriodicTimer timer = new(interval, time);

    /// <summary>Whether there is anything to do at all; asked once, when the service starts.</summary>
    protected virtual bool IsOn => true;

    /// <summary>Whether the first turn is at the start; else it comes after one period.</summary>
    protected virtual bool TurnsAtOnce => false;

    /// <summary>The clock of the period.</summary>
    protected TimeProvider Time => time;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        timer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken) => IsOn ? health.RunAsync(name, RunAsync, stoppingToken) : Task.CompletedTask;

    /// <summary>What is done each time. What it throws ends the loop, and the service is not ready any more.</summary>
    protected abstract Task TurnAsync(CancellationToken stopping);

    private async Task RunAsync(CancellationToken stopping)
    {
        if (TurnsAtOnce)
        {
            await TurnAsync(stopping);
        }

        while (await timer.WaitForNextTickAsync(stopping))
        {
            await TurnAsync(stopping);
        }
    }
}
