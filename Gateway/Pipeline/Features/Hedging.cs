using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Quantiles;

namespace MlAspire.Gateway.Pipeline.Features;

/// <summary>Sends a read a second time when it takes longer than 95 % of the recent ones did, and takes the first answer; the other read is cancelled. Only when <see cref="PipelineOptions.HedgeFeatureReads"/> says so.</summary>
/// <remarks>A twentieth of the reads, and a burst of 10, are sent twice at most, however slow the store is. Source: Dean and Barroso, "The Tail at Scale", CACM 56 (2013), "hedged requests".</remarks>
internal sealed class Hedging(IOptions<PipelineOptions> options, GatewayMetrics metrics, TimeProvider time)
{
    private const int ReadsBetweenMeasurements = 100;

    private readonly RecentDurations durations = new(time);
    private readonly CallBudget budget = new(share: 0.05, burst: 10);
    private int reads;
    private long delayTicks = Timeout.InfiniteTimeSpan.Ticks; // until it is measured

    /// <exception cref="Exception">What the first read threw, when the second one did not answer either.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        if (!options.Value.HedgeFeatureReads)
        {
            return await read(cancellationToken);
        }

        var started = time.GetTimestamp();
        budget.Earn();
        var answer = await FirstAnswerAsync(read, cancellationToken);
        Measure(time.GetElapsedTime(started));
        return answer;
    }

    private async Task<T> FirstAnswerAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = read(answered.Token);
        if (await IsUsualAsync(first, cancellationToken) || !budget.TryTake())
        {
            return await first;
        }

        var second = read(answered.Token);
        var winner = await Task.WhenAny(first, second);
        var loser = winner == first ? second : first;
        if (!winner.IsCompletedSuccessfully)
        {
            await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            winner = loser.IsCompletedSuccessfully ? loser : first;
        }

        metrics.Hedged(winner == first ? "first" : "second");
        await answered.CancelAsync();
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await winner;
    }

    private async Task<bool> IsUsualAsync(Task read, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(TimeSpan.FromTicks(Volatile.Read(ref delayTicks)), time, over.Token);
        await Task.WhenAny(read, delay);
        await over.CancelAsync();
        return !delay.IsCompletedSuccessfully;
    }

    private void Measure(TimeSpan took)
    {
        durations.Add(took.TotalSeconds);
        if (Interlocked.Increment(ref reads) % ReadsBetweenMeasurements == 0)
        {
            var usual = Math.Ceiling(durations.Quantiles([0.95])[0] * 1_000); // a timer cuts off what is less than a millisecond
            Volatile.Write(ref delayTicks, TimeSpan.FromMilliseconds(usual).Ticks);
        }
    }
}
