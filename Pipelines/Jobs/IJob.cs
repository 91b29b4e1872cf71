namespace MlAspire.Pipelines.Jobs;

/// <summary>What one run of this program does.</summary>
internal interface IJob
{
    /// <summary>Runs to the end, or until cancelled (then throws <see cref="OperationCanceledException"/>).</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
