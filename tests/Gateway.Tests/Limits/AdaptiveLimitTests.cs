using MlAspire.Gateway.Limits;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Limits;

/// <summary>A server of four processors that needs 20 ms for a request: with n in progress each takes 20 ms · max(1, n/4).</summary>
public sealed class AdaptiveLimitTests
{
    private const int Processors = 4;

    private static readonly LimitsOptions Options = new() { Concurrency = 512, MinConcurrency = 4, AcceptableLatency = TimeSpan.FromMilliseconds(1), LatencyTolerance = 2 };

    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task Under_overload_the_limit_settles_where_the_latency_is_what_is_tolerated()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 4, rounds: 10); // the baseline: 20 ms

        await OfferAsync(limit, 400, rounds: 200);

        // It rests where L·g + √L = L with g = 40 ms / (L/4 · 20 ms) = 8/L, so L − √L = 8 and √L = (1 + √33)/2: L = 11.4.
        Assert.InRange(limit.Limit, 9, 14);
        Assert.Equal(0, limit.InProgress);
    }

    [Fact]
    public async Task Overloaded_from_the_start_it_finds_the_baseline_by_letting_few_in_for_one_window()
    {
        var limit = new AdaptiveLimit(Options, time);

        await OfferAsync(limit, 400, TimeSpan.FromMinutes(3));

        Assert.InRange(limit.Limit, 4, 14);
    }

    [Fact]
    public async Task A_limit_that_nobody_reaches_stays_where_it_is()
    {
        var limit = new AdaptiveLimit(Options, time);

        await OfferAsync(limit, 8, TimeSpan.FromMinutes(5)); // 40 ms, twice the baseline: tolerated

        Assert.Equal(512, limit.Limit);
    }

    [Fact]
    public async Task Nothing_is_refused_below_the_acceptable_latency()
    {
        var limit = new AdaptiveLimit(new() { MinConcurrency = 4, AcceptableLatency = TimeSpan.FromMilliseconds(500) }, time);
        await OfferAsync(limit, 4, rounds: 10);

        await OfferAsync(limit, 100, TimeSpan.FromMinutes(3)); // 100/4 · 20 ms = 500 ms

        Assert.Equal(512, limit.Limit);
    }

    [Fact]
    public async Task When_the_load_is_gone_and_the_server_faster_the_limit_rises_again()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 4, rounds: 10);
        await OfferAsync(limit, 400, rounds: 200);

        await OfferAsync(limit, 400, rounds: 400, processors: 32);

        // L − √L = 2 · 32, so √L = (1 + √257)/2: L = 72.5.
        Assert.InRange(limit.Limit, 60, 85);
    }

    [Fact]
    public async Task A_model_that_becomes_ten_times_slower_has_a_new_baseline_once_few_are_in_progress()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 4, rounds: 10);

        await OfferAsync(limit, 400, TimeSpan.FromMinutes(5), milliseconds: 200);

        Assert.InRange(limit.Limit, 9, 14);
    }

    [Fact]
    public async Task It_never_falls_below_MinConcurrency()
    {
        var limit = new AdaptiveLimit(Options, time);

        await OfferAsync(limit, 50, rounds: 1_000, milliseconds: 100, fails: ErrorCode.Overloaded);

        Assert.Equal(4, limit.Limit);
    }

    [Fact]
    public async Task Refusals_of_a_called_service_lower_it_by_a_tenth_a_window()
    {
        var limit = new AdaptiveLimit(new() { Concurrency = 100, MinConcurrency = 4 }, time);

        await OfferAsync(limit, 50, rounds: 1, milliseconds: 100, fails: ErrorCode.Overloaded);

        Assert.Equal(90, limit.Limit);
    }

    [Fact]
    public async Task Fast_failures_say_nothing()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 4, rounds: 10);

        await OfferAsync(limit, 100, rounds: 100, milliseconds: 1, fails: ErrorCode.Unavailable);

        Assert.Equal(512, limit.Limit);
    }

    [Fact]
    public async Task Requests_that_run_out_of_time_lower_it()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 4, rounds: 10);

        await OfferAsync(limit, 100, rounds: 20, milliseconds: 400, fails: ErrorCode.DeadlineExceeded);

        Assert.InRange(limit.Limit, 4, 14);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)] // more than MinConcurrency: waited for, but not for long
    public async Task Places_that_are_held_from_before_do_not_keep_a_baseline_from_being_measured(int held)
    {
        var limit = new AdaptiveLimit(Options, time);
        var places = Enumerable.Range(0, held).Select(_ => limit.Enter()!).ToList();
        await OfferAsync(limit, 400, rounds: 1);
        Assert.Equal(4, limit.Limit); // measuring

        await OfferAsync(limit, 400, TimeSpan.FromMinutes(3));

        Assert.InRange(limit.Limit - held, 5, 14);
        places.ForEach(place => place.Dispose());
        Assert.Equal(0, limit.InProgress);
    }

    [Fact]
    public async Task A_baseline_is_measured_for_ten_seconds_at_most()
    {
        var limit = new AdaptiveLimit(Options, time);
        await OfferAsync(limit, 400, rounds: 1);
        var held = Enumerable.Range(0, 5).Select(_ => limit.Enter()).ToList();
        time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        var before = limit.Enter();
        time.Advance(TimeSpan.FromTicks(1));

        var after = limit.Enter();

        Assert.Equal((4, true, true, 512), (held.Count(place => place is not null), before is null, after is not null, limit.Limit));
    }

    private Task OfferAsync(AdaptiveLimit limit, int requests, TimeSpan during, double milliseconds = 20)
    {
        var end = time.GetUtcNow() + during;
        return OfferWhileAsync(limit, requests, () => time.GetUtcNow() < end, Processors, milliseconds, null);
    }

    private Task OfferAsync(AdaptiveLimit limit, int requests, int rounds, int processors = Processors, double milliseconds = 20, ErrorCode? fails = null) =>
        OfferWhileAsync(limit, requests, () => rounds-- > 0, processors, milliseconds, fails);

    private async Task OfferWhileAsync(AdaptiveLimit limit, int requests, Func<bool> more, int processors, double milliseconds, ErrorCode? fails)
    {
        while (more())
        {
            var places = Enumerable.Range(0, requests).Select(_ => limit.Enter()).OfType<Place>().ToList();
            var work = new TaskCompletionSource<int>();
            var running = places.Select(place => place.MeasureAsync(() => work.Task)).ToList();
            time.Advance(TimeSpan.FromMilliseconds(milliseconds * Math.Max(1, (double)places.Count / processors)));
            _ = fails is { } code ? work.TrySetException(new ServiceError(code, "as told")) : work.TrySetResult(0);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            places.ForEach(place => place.Dispose());
        }
    }
}
