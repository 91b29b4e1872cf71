using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary>Calls a service until it has answered, and logs that it is waited for.</summary>
internal sealed partial class ServiceCall(TimeProvider time, ILogger<ServiceCall> log)
{
    /// <inheritdoc cref="UntilAnswered.RunAsync"/>
    /// <param name="what">What the call is for, for the log: <c>pushing departures to the feature store</c>.</param>
    public async Task<T> UntilAnsweredAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var attempt = 1;
        var answer = await UntilAnswered.RunAsync(call, (failure, wait) => LogAway(log, what, attempt++, wait.TotalSeconds, failure.Message), time, cancellationToken);
        if (attempt > 1)
        {
            LogBack(log, what, attempt);
        }
        return answer;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayServiceAway, Level = LogLevel.Warning, Message = "Attempt {Attempt} of {What} failed, the next one in {WaitSeconds} s: {Reason}")]
    private static partial void LogAway(ILogger log, string what, int attempt, double waitSeconds, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayServiceBack, Level = LogLevel.Information, Message = "Attempt {Attempt} of {What} succeeded: the service is back")]
    private static partial void LogBack(ILogger log, string what, int attempt);
}
