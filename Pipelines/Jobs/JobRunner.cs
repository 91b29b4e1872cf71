using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Jobs;

/// <summary>Runs the job of this process once, then ends the process: exit code 0 when it is done or was stopped, 1 when it failed.</summary>
internal sealed partial class JobRunner(IJob job, IHostApplicationLifetime lifetime, ILogger<JobRunner> log) : BackgroundService
{
    /// <summary>What the process should exit with.</summary>
    public int ExitCode { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var run = CorrelationId.Begin(); // on its lines, and on all that it asks of the services
        try
        {
            // Off the start-up path: a job computes before its first await, and the host has to be up to be stopped.
            await Task.Run(() => job.RunAsync(stoppingToken), stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped(log);
        }
        catch (ServiceError failure)
        {
            ExitCode = ServiceDefaults.CommandLine.ExitCode.Failed;
            LogRefused(log, failure.Message);
        }
        catch (Exception failure)
        {
            // The boundary of the process: whatever ended the job is logged, and the exit code says so.
            ExitCode = ServiceDefaults.CommandLine.ExitCode.Failed;
            LogFailed(log, failure, failure.Message);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.JobStopped, Level = LogLevel.Information, Message = "Stopped before the end, as asked")]
    private static partial void LogStopped(ILogger log);

    [LoggerMessage(EventName = TelemetryNames.Events.JobRefused, Level = LogLevel.Error, Message = "{Reason}")]
    private static partial void LogRefused(ILogger log, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.JobFailed, Level = LogLevel.Critical, Message = "The job failed: {Reason}")]
    private static partial void LogFailed(ILogger log, Exception failure, string reason);
}
