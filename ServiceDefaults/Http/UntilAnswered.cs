using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Calls a service until it has answered: while it is away or overloaded, again and again.</summary>
public static class UntilAnswered
{
    /// <summary>First wait between two attempts; each wait is twice the one before.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>The answer of a call that may be repeated. Ends only with an answer, a failure that a repeat does not change, or the cancellation.</summary>
    /// <param name="call">One attempt, which throws <see cref="ServiceError"/>, or what an HttpClient throws.</param>
    /// <param name="failed">Hears of each attempt that failed, and how long the wait for the next one is.</param>
    /// <exception cref="ServiceError">Not <see cref="ErrorMapping.IsTransient"/>.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, Action<ServiceError, TimeSpan> failed, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                return await call(cancellationToken);
            }
            catch (Exception e) when (TransientOf(e, cancellationToken) is { } failure)
            {
                failed(failure, wait);
            }
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>A service's failure stays one when the cancellation comes beside it: its call did not end, which is not to be taken for a refusal.</summary>
    private static ServiceError? TransientOf(Exception e, CancellationToken cancellationToken) => e switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        ServiceError or HttpRequestException or OperationCanceledException when ErrorMapping.FromException(e, callerGone: false) is var failure && failure.Code.IsTransient() => failure,
        _ => null,
    };
}
