using System.Net;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Limits;

public sealed class CallerLimitsTests
{
    private const string Key = "other-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_caller_over_its_rate_is_429_with_Retry_After_and_others_are_not()
    {
        var time = new ManualTimeProvider();
        await using var gateway = await RunningGateway.StartAsync(
            time, ("Limits:RequestsPerSecond", "0.2"), ("Limits:BurstSeconds", "10"), ("Access:Keys:other:Secret", Key), ("Access:Keys:other:Scopes", "predict"), ("Access:Keys:other:RequestsPerSecond", "1000"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.PostAsync(RunningGateway.Request(1))));
        var (other, _) = await gateway.PostAsync(RunningGateway.Request(1), headers: ("x-api-key", Key));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(answer => answer.Response.StatusCode).Order());
        var refused = answers.Single(answer => answer.Response.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(("overloaded", TimeSpan.FromSeconds(5)), ((string)refused.Body["code"]!, refused.Response.Headers.RetryAfter?.Delta));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(RunningGateway.Request(1))).Response.StatusCode);
    }

    [Theory]
    [InlineData("Limits:CallerConcurrency", "The caller anonymous has as many")]
    [InlineData("Limits:Concurrency", "The gateway has as many")]
    public async Task Beyond_the_number_in_progress_the_answer_is_429_until_one_is_done(string limit, string detail)
    {
        await using var gateway = await RunningGateway.StartAsync(null, (limit, "2"), ("Limits:MinConcurrency", "1"));
        var (asked, go) = (new SemaphoreSlim(0), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            asked.Release();
            await go.Task;
            await InferenceStandIn.AnswerAsync(request, response);
        };

        var first = Enumerable.Range(0, 2).Select(_ => gateway.PostAsync(RunningGateway.Request(1))).ToArray();
        await asked.WaitAsync(TestContext.Current.CancellationToken).WithinAsync("the first request at the model");
        await asked.WaitAsync(TestContext.Current.CancellationToken).WithinAsync("the second request at the model");
        var (refused, body) = await gateway.PostAsync(RunningGateway.Request(1));
        using var alive = await gateway.Client.GetAsync("/health/live", TestContext.Current.CancellationToken);
        go.SetResult();
        var answered = await Task.WhenAll(first);
        var (after, _) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.StartsWith(detail, (string)body["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.All(answered, answer => Assert.Equal(HttpStatusCode.OK, answer.Response.StatusCode));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }
}
