using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary>Calls a service until it has answered: while it is away or overloaded, again and again.</summary>
internal sealed partial class ServiceCall(TimeProvider time, ILogger<ServiceCall> log)
{
    /// <summary>First wait between two attempts; each wait is twice the one before.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between two attempts.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>The JSON names of all our services.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The answer of a call that may be repeated. Ends only with an answer, a refusal, or the cancellation.</summary>
    /// <param name="what">What the call is for, for the log: <c>pushing departures to the feature store</c>.</param>
    /// <param name="call">One attempt; see <see cref="ReadAsync"/>.</param>
    /// <param name="cancellationToken">Ends the attempts and the waits between them.</param>
    /// <exception cref="ServiceError">The service refused the call for a reason that a repeat does not change.</exception>
    public async Task<T> UntilAnsweredAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var wait = FirstWait;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await call(cancellationToken);
                if (attempt > 1)
                {
                    LogBack(log, what, attempt);
                }
                return answer;
            }
            catch (ServiceError failure) when (IsTransient(failure.Code))
            {
                LogAway(log, what, attempt, wait.TotalSeconds, failure.Message);
            }
            await Task.Delay(wait, time, cancellationToken);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>Reads an answer's JSON.</summary>
    /// <exception cref="ServiceError">Any other status than success: Overloaded (429), Unavailable (408, 5xx), InvalidArgument (else, with the service's own words).</exception>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new ServiceError(CodeOf(response.StatusCode), $"{(int)response.StatusCode}: {await DetailAsync(response, cancellationToken)}");
        }
        return await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken)
            ?? throw new ServiceError(ErrorCode.Internal, "The answer is null.");
    }

    public static bool IsTransient(ErrorCode code) => code is ErrorCode.Unavailable or ErrorCode.Overloaded or ErrorCode.DeadlineExceeded or ErrorCode.NotReady;

    private static ErrorCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => ErrorCode.Overloaded,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => ErrorCode.Unavailable,
        _ => ErrorCode.InvalidArgument,
    };

    /// <summary>The first kilobyte: problem+json of our services, or whatever a proxy says.</summary>
    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return text.Length <= 1024 ? text : text[..1024];
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayServiceAway, Level = LogLevel.Warning, Message = "Attempt {Attempt} of {What} failed, the next one in {WaitSeconds} s: {Reason}")]
    private static partial void LogAway(ILogger log, string what, int attempt, double waitSeconds, string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayServiceBack, Level = LogLevel.Information, Message = "Attempt {Attempt} of {What} succeeded: the service is back")]
    private static partial void LogBack(ILogger log, string what, int attempt);
}
