using Microsoft.Extensions.Logging;
using MlAspire.Pipelines.Replay;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Tests.Replay;

public sealed class ServiceCallTests : IDisposable
{
    private readonly ManualTimeProvider time = new();
    private readonly RecordedLogs logs = new();
    private readonly ServiceCall calls;

    public ServiceCallTests() => calls = new ServiceCall(time, LoggerFactory.Create(logging => logging.AddProvider(logs)).CreateLogger<ServiceCall>());

    public void Dispose() => logs.Dispose();

    [Fact]
    public async Task A_service_that_is_away_is_asked_again_after_doubling_waits_of_at_most_2_s()
    {
        var attempts = new List<TimeSpan>();
        var began = time.GetUtcNow();

        var answer = calls.UntilAnsweredAsync("testing", _ =>
        {
            attempts.Add(time.GetUtcNow() - began);
            return attempts.Count < 9 ? throw new ServiceError(ErrorCode.Unavailable, "away") : Task.FromResult(attempts.Count);
        }, CancellationToken.None);
        while (!answer.IsCompleted)
        {
            await Eventually.TrueAsync("the wait to be armed, or the answer", () => time.ArmedTimers == 1 || answer.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(9, await answer);
        Assert.Equal([0, 0.1, 0.3, 0.7, 1.5, 3.1, 5.1, 7.1, 9.1], attempts.Select(at => at.TotalSeconds));
        Assert.Equal(8, logs.Named("replay_service_away").Count());
        Assert.Single(logs.Named("replay_service_back"));
    }

    [Theory]
    [InlineData(ErrorCode.InvalidArgument)]
    [InlineData(ErrorCode.NotFound)]
    [InlineData(ErrorCode.Internal)]
    public async Task A_refusal_is_not_repeated(ErrorCode code)
    {
        var attempts = 0;

        var error = await Assert.ThrowsAsync<ServiceError>(() => calls.UntilAnsweredAsync<int>("testing", _ =>
        {
            attempts++;
            throw new ServiceError(code, "no");
        }, CancellationToken.None));

        Assert.Equal((1, code), (attempts, error.Code));
    }

    [Fact]
    public async Task Waiting_for_the_next_attempt_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var answer = calls.UntilAnsweredAsync<int>("testing", _ => throw new ServiceError(ErrorCode.Unavailable, "away"), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }
}
