using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class HedgingTests : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(10);

    private readonly ManualTimeProvider time = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<GatewayMetrics>().BuildServiceProvider();
    private readonly ConcurrentQueue<(TaskCompletionSource<int> Answer, CancellationToken Token)> reads = new();
    private readonly RecordedMetrics metrics;
    private readonly Hedging hedging;

    public HedgingTests()
    {
        hedging = new(Options.Create(new PipelineOptions { HedgeFeatureReads = true }), services.GetRequiredService<GatewayMetrics>(), time);
        metrics = new(services.GetRequiredService<IMeterFactory>());
    }

    public void Dispose()
    {
        metrics.Dispose();
        services.Dispose();
    }

    [Fact]
    public async Task Nothing_is_read_twice_before_a_hundred_reads_say_what_is_usual()
    {
        var running = Run();
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Single(reads);
        Read(0).Answer.SetResult(7);
        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task The_second_answer_wins_and_the_first_read_is_cancelled()
    {
        await MeasureAsync();
        var running = Run();
        time.Advance(Usual * 0.98);
        Assert.Single(reads); // the sketch knows the usual time to 1 %

        time.Advance(Usual * 0.04);
        await ReadsAsync(2);
        Read(1).Answer.SetResult(2);

        Assert.Equal(2, await running);
        Assert.True(Read(0).Token.IsCancellationRequested);
        Assert.Equal(1, metrics.Sum("ml.feature.hedges", ("ml.outcome", "second")));
    }

    [Fact]
    public async Task The_first_answer_wins_and_the_second_read_is_cancelled()
    {
        await MeasureAsync();
        var running = Run();
        time.Advance(Usual * 2);
        await ReadsAsync(2);
        Read(0).Answer.SetResult(1);

        Assert.Equal(1, await running);
        Assert.True(Read(1).Token.IsCancellationRequested);
        Assert.Equal(1, metrics.Sum("ml.feature.hedges", ("ml.outcome", "first")));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_read_that_fails_leaves_it_to_the_other(int fails, int answers)
    {
        await MeasureAsync();
        var running = Run();
        time.Advance(Usual * 2);
        await ReadsAsync(2);
        Read(fails).Answer.SetException(new HttpRequestException("broken"));
        Assert.False(running.IsCompleted);
        Read(answers).Answer.SetResult(9);

        Assert.Equal(9, await running);
    }

    [Fact]
    public async Task When_both_fail_the_first_failure_is_told()
    {
        await MeasureAsync();
        var running = Run();
        time.Advance(Usual * 2);
        await ReadsAsync(2);
        Read(1).Answer.SetException(new HttpRequestException("second"));
        Read(0).Answer.SetException(new HttpRequestException("first"));

        Assert.Equal("first", (await Assert.ThrowsAsync<HttpRequestException>(() => running)).Message);
    }

    [Fact]
    public async Task However_slow_the_store_is_a_twentieth_of_the_reads_and_a_burst_of_ten_are_sent_twice()
    {
        await MeasureAsync();
        var running = Enumerable.Range(0, 200).Select(_ => Run()).ToList();
        time.Advance(Usual * 2);

        await ReadsAsync(200 + 10); // the 200 began before the first was slow: what they earned was over the burst
        await AnswerAllAsync(running);
        Assert.Equal(200 + 10, reads.Count);
        reads.Clear();
        running = [.. Enumerable.Range(0, 100).Select(_ => Run())];
        time.Advance(TimeSpan.FromSeconds(1));

        await ReadsAsync(100 + 5);
        await AnswerAllAsync(running);
        Assert.Equal(100 + 5, reads.Count);
    }

    [Fact]
    public async Task A_caller_that_goes_away_cancels_both()
    {
        await MeasureAsync();
        using var caller = new CancellationTokenSource();
        var running = Run(caller.Token);
        time.Advance(Usual * 2);
        await ReadsAsync(2);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(reads, read => Assert.True(read.Token.IsCancellationRequested));
    }

    [Theory]
    [InlineData("true", 2)]
    [InlineData("false", 1)]
    public async Task Over_HTTP_a_slow_read_is_sent_twice_when_that_is_wanted(string wanted, int sent)
    {
        await using var gateway = await RunningGateway.StartAsync(null, ("Pipeline:HedgeFeatureReads", wanted));
        for (var i = 0; i < 100; i++)
        {
            await gateway.PostAsync(RunningGateway.Request(1));
        }

        gateway.Features.Requests.Clear();
        var cancelled = new TaskCompletionSource();
        gateway.Features.Answer = async (asked, response) =>
        {
            if (gateway.Features.Requests.Count == 1)
            {
                response.HttpContext.RequestAborted.Register(cancelled.SetResult);
                await (sent == 2 ? cancelled.Task : Task.Delay(TimeSpan.FromMilliseconds(300)));
            }

            await FeatureStoreStandIn.AnswerAsync(asked, response);
        };

        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.OK, sent), (response.StatusCode, gateway.Features.Requests.Count));
    }

    private (TaskCompletionSource<int> Answer, CancellationToken Token) Read(int i) => reads.ElementAt(i);

    private Task ReadsAsync(int count) => Eventually.TrueAsync($"{count} reads", () => reads.Count >= count);

    private async Task AnswerAllAsync(List<Task<int>> running)
    {
        foreach (var read in reads)
        {
            read.Answer.TrySetResult(1);
        }

        await Task.WhenAll(running);
    }

    private Task<int> Run(CancellationToken cancellationToken = default) => hedging.RunAsync(
        token =>
        {
            var answer = new TaskCompletionSource<int>();
            token.Register(() => answer.TrySetCanceled(token));
            reads.Enqueue((answer, token));
            return answer.Task;
        },
        cancellationToken);

    private async Task MeasureAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            var running = Run();
            time.Advance(Usual);
            Read(i).Answer.SetResult(0);
            await running;
        }

        reads.Clear();
    }
}
