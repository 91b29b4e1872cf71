using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Idempotency;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    private readonly ManualTimeProvider time = new();
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(
        time, ("Idempotency:Bytes", "65536"), ("Idempotency:TimeToLive", "00:10:00"), ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_request_that_is_sent_again_gets_its_answer_and_is_predicted_and_recorded_once()
    {
        var first = await AskAsync("order-1", 100);
        var again = await AskAsync("\"order-1\"", 100); // the quotes of a structured field are not part of the key

        Assert.Equal((first.Text, null, "true"), (again.Text, first.Replayed, again.Replayed));
        Assert.Single(await gateway.AuditAsync());
        Assert.Single(gateway.Inference.Requests);
    }

    [Fact]
    public async Task Another_key_another_caller_and_no_key_are_other_requests()
    {
        await AskAsync("order-1", 100);
        await AskAsync("order-2", 100);
        await AskAsync("order-1", 100, ("x-api-key", Key));
        await gateway.PostAsync(RunningGateway.Request(100));

        Assert.Equal(4, (await gateway.AuditAsync()).Length);
    }

    [Theory]
    [InlineData(RunningGateway.Predict, 200)]
    [InlineData(RunningGateway.Predict + "?version=2", 100)]
    public async Task A_key_that_comes_back_with_another_request_is_refused(string path, int miles)
    {
        await AskAsync("order-1", 100);

        var (response, problem) = await gateway.PostAsync(RunningGateway.Request(miles), path, ("idempotency-key", "order-1"));

        Assert.Equal((HttpStatusCode.BadRequest, "idempotency-key"), (response.StatusCode, (string)problem["errors"]![0]!["field"]!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("\"")]
    public async Task What_is_no_key_is_refused(string key)
    {
        var (response, problem) = await gateway.PostAsync(RunningGateway.Request(1), headers: ("idempotency-key", key));

        Assert.Equal((HttpStatusCode.BadRequest, "idempotency-key"), (response.StatusCode, (string)problem["errors"]![0]!["field"]!));
    }

    [Theory]
    [InlineData(128, HttpStatusCode.OK)]
    [InlineData(129, HttpStatusCode.BadRequest)]
    public async Task A_key_has_a_longest_length(int characters, HttpStatusCode status)
    {
        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1), headers: ("idempotency-key", new string('k', characters)));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task The_same_request_in_progress_is_409_and_then_answered()
    {
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            asked.TrySetResult();
            await go.Task;
            await InferenceStandIn.AnswerAsync(request, response);
        };
        var first = AskAsync("order-1", 100);
        await asked.Task.WithinAsync("the model to be asked");

        var (response, problem) = await gateway.PostAsync(RunningGateway.Request(100), headers: ("idempotency-key", "order-1"));
        go.SetResult();

        Assert.Equal((HttpStatusCode.Conflict, "aborted"), (response.StatusCode, (string)problem["code"]!));
        Assert.Equal((await first).Text, (await AskAsync("order-1", 100)).Text);
    }

    [Fact]
    public async Task A_request_that_failed_may_be_tried_again()
    {
        gateway.Inference.Answer = (_, response) => Task.FromResult(response.StatusCode = StatusCodes.Status404NotFound);
        var (failed, _) = await gateway.PostAsync(RunningGateway.Request(100), headers: ("idempotency-key", "order-1"));
        gateway.Inference.Answer = InferenceStandIn.AnswerAsync;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode); // the model is not loaded
        Assert.Null((await AskAsync("order-1", 100)).Replayed);
    }

    [Fact]
    public async Task Answers_are_forgotten_when_they_are_old_or_too_large_together_the_oldest_first()
    {
        var asked = Enumerable.Range(0, 200).Select(_ => 1.0).ToArray();
        var kept = (await AskAsync("old", asked)).Text.Length; // of its JSON; with 700 bytes of its own each: two of these fit into 64 KiB, and three do not
        Assert.InRange(kept + 700, (65_536 / 3) + 1, 65_536 / 2);
        await AskAsync("new", asked);
        Assert.Equal(("true", "true"), ((await AskAsync("old", asked)).Replayed, (await AskAsync("new", asked)).Replayed));

        await AskAsync("newest", asked);
        Assert.Equal(("true", "true"), ((await AskAsync("new", asked)).Replayed, (await AskAsync("newest", asked)).Replayed));
        Assert.Null((await AskAsync("old", 7)).Replayed); // even for another request: nothing is known of the key any more

        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null((await AskAsync("newest", asked)).Replayed);
    }

    [Fact]
    public async Task Explained_answers_take_the_room_of_what_they_hold()
    {
        var asked = RunningGateway.Request([.. Enumerable.Range(0, 200).Select(_ => 1.0)]);
        asked["explain"] = true;
        (string, string) Key(string key) => ("idempotency-key", key);

        await gateway.PostAsync(asked, headers: Key("old"));
        await gateway.PostAsync(asked, headers: Key("new"));

        Assert.False((await gateway.PostAsync(asked, headers: Key("old"))).Response.Headers.Contains("idempotency-replayed"));
    }

    [Fact]
    public async Task An_answer_is_given_again_as_columns_too()
    {
        await AskAsync("order-1", 100, 9_000);
        using var message = new HttpRequestMessage(HttpMethod.Post, RunningGateway.Predict) { Content = new StringContent(RunningGateway.Request(100, 9_000).ToJsonString(), Encoding.UTF8, "application/json") };
        message.Headers.Add("idempotency-key", "order-1");
        message.Headers.Accept.ParseAdd(Column.ContentType);

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.Equal("true", response.Headers.GetValues("idempotency-replayed").Single());
        var (_, _, columns) = ColumnsReader.Read(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), 1_000);
        Assert.Equal<double[]>([0.01f, 0.9f], ((NumberColumn)columns[1]).Values);
        Assert.Equal<string?[]>(["on_time", "late"], ((TextColumn)columns[2]).Values);
    }

    private async Task<(string Text, string? Replayed)> AskAsync(string key, params double[] miles) => await AskAsync(key, miles, []);

    private async Task<(string Text, string? Replayed)> AskAsync(string key, double miles, (string, string) header) => await AskAsync(key, [miles], [header]);

    private async Task<(string Text, string? Replayed)> AskAsync(string key, double[] miles, (string, string)[] headers)
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(miles), headers: [("idempotency-key", key), .. headers]);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body.ToJsonString());
        return (body.ToJsonString(), response.Headers.TryGetValues("idempotency-replayed", out var replayed) ? replayed.Single() : null);
    }
}
