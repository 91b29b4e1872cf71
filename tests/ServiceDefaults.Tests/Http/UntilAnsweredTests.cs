using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Http;

public sealed class UntilAnsweredTests
{
    public static TheoryData<Exception, bool> Failures => new()
    {
        { new ServiceError(ErrorCode.Overloaded, "x"), true },
        { new ServiceError(ErrorCode.Unavailable, "x"), true },
        { new ServiceError(ErrorCode.NotReady, "x"), true },
        { new ServiceError(ErrorCode.DeadlineExceeded, "x"), true },
        { new HttpRequestException("x"), true },
        { new TaskCanceledException("HttpClient.Timeout"), true },
        { new ServiceError(ErrorCode.Internal, "x"), false },
        { new ServiceError(ErrorCode.Unimplemented, "x"), false },
        { new ServiceError(ErrorCode.Unauthenticated, "x"), false },
        { new InvalidOperationException("x"), false },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_passes_is_asked_again_and_what_lasts_is_the_answer(Exception failure, bool passes)
    {
        var (time, attempts) = (new ManualTimeProvider(), 0);

        var answer = UntilAnswered.RunAsync(_ => ++attempts == 1 ? throw failure : Task.FromResult(attempts), (_, _) => { }, time, CancellationToken.None);
        if (passes)
        {
            await Eventually.TrueAsync("the wait to be armed", () => time.ArmedTimers == 1);
            time.Advance(UntilAnswered.FirstWait);
            Assert.Equal(2, await answer);
        }
        else
        {
            Assert.Same(failure, await Assert.ThrowsAnyAsync<Exception>(() => answer));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_ends_it_as_one_whatever_the_attempt_says(bool away)
    {
        using var stop = new CancellationTokenSource();

        var answer = UntilAnswered.RunAsync<int>(token =>
        {
            stop.Cancel();
            throw away ? new ServiceError(ErrorCode.Unavailable, "x") : new OperationCanceledException(token);
        }, (_, _) => { }, TimeProvider.System, stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }
}
