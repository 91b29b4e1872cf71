using System.Diagnostics.Metrics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Batch;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>Many rows answered as server-sent events, 200 a part.</summary>
public sealed class BatchTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, ("Pipeline:MaxStreamedRows", "1500"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task Each_part_is_answered_in_order_recorded_before_its_event_and_followed_by_the_progress()
    {
        using var response = await SendAsync(Rows(450));
        var events = await EventsAsync(response);

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(["predictions", "progress", "predictions", "progress", "predictions", "progress", "done"], events.Select(each => each.EventType));
        Assert.Equal(["""{"done":200,"rows":450}""", """{"done":400,"rows":450}""", """{"done":450,"rows":450}""", """{"done":450,"rows":450}"""], events.Where(each => each.EventType is "progress" or "done").Select(each => each.Data));
        var answers = events.Where(each => each.EventType == "predictions").Select(each => JsonNode.Parse(each.Data)!).ToArray();
        Assert.Equal([1, 202, 402], answers.Select(answer => (int)answer["audit"]!["index"]!));
        var probabilities = answers.SelectMany(answer => answer["predictions"]!.AsArray()).Select(prediction => (float)prediction!["output"]!["probability"]!);
        Assert.Equal(Enumerable.Range(0, 450).Select(row => row / 10_000f), probabilities);
        Assert.Equal(
            answers.SelectMany(answer => answer["predictions"]!.AsArray()).Select(prediction => (string?)prediction!["prediction_id"]),
            (await gateway.AuditAsync()).Select(record => (string?)JsonNode.Parse(record)!["prediction_id"]));
    }

    [Fact]
    public async Task A_failure_on_the_way_is_an_event_and_what_was_answered_stays()
    {
        gateway.Inference.Answer = (asked, response) =>
        {
            response.StatusCode = gateway.Inference.Requests.Count == 1 ? 200 : 429;
            return response.StatusCode == 200 ? InferenceStandIn.AnswerAsync(asked, response) : response.WriteAsync("{}");
        };

        var events = await EventsAsync(await SendAsync(Rows(450)));

        Assert.Equal(["predictions", "progress", "error"], events.Select(each => each.EventType));
        Assert.Equal("""{"code":"overloaded","detail":"Model flight-delay cannot answer now (429).","done":200,"rows":450}""", events[^1].Data);
        Assert.Equal(["200 prediction_audit", "200 prediction_failed"], await RecordsAsync());
    }

    [Fact]
    public async Task Rows_that_were_checked_against_another_pipeline_are_not_predicted()
    {
        gateway.Inference.Answer = async (asked, response) =>
        {
            gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));
            await gateway.Host.Services.GetRequiredService<PipelineTable>().ReloadAsync(CancellationToken.None);
            await InferenceStandIn.AnswerAsync(asked, response);
        };

        var events = await EventsAsync(await SendAsync(Rows(450)));

        Assert.Equal(["predictions", "progress", "error"], events.Select(each => each.EventType));
        Assert.Equal("""{"code":"unavailable","detail":"The model\u0027s pipeline was changed on the way; the rows that are not answered are to be sent again.","done":200,"rows":450}""", events[^1].Data);
        Assert.Single(gateway.Inference.Requests);
    }

    [Fact]
    public async Task A_failure_on_the_way_is_logged_and_on_the_requests_line_as_that_of_any_request()
    {
        gateway.Inference.Answer = (_, response) => response.WriteAsync("no protocol");

        await EventsAsync(await SendAsync(Rows(1)));

        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");
        Assert.Equal((200, "internal"), ((int)line["status_code"]!, (string?)line["outcome"]));
        Assert.Equal("The answer of model flight-delay does not fit its pipeline.", Assert.Single(gateway.Host.Logs.Named("request_failed")).Exception?.Message);
    }

    [Fact]
    public async Task A_caller_that_goes_away_ends_it_and_gives_its_place_back()
    {
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        var (asked, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            if (gateway.Inference.Requests.Count == 1)
            {
                await InferenceStandIn.AnswerAsync(request, response);
                return;
            }

            response.HttpContext.RequestAborted.Register(gone.SetResult);
            asked.SetResult();
            await gone.Task;
        };

        using (await SendAsync(Rows(450)))
        {
            await asked.Task.WithinAsync("the second part at the model");
        }

        await gone.Task.WithinAsync("the second part to be cancelled");
        await Eventually.TrueAsync("the place to be given back", () =>
        {
            metrics.Observe();
            return metrics.Of("ml.admission.in_progress").Last().Value == 0;
        });
        Assert.Equal(2, gateway.Inference.Requests.Count);
        Assert.Equal(["200 prediction_audit", "200 prediction_failed"], await RecordsAsync());
    }

    [Fact]
    public async Task Each_part_has_a_place_of_its_own_and_one_that_finds_none_ends_it()
    {
        using var scope = gateway.Host.Services.CreateScope();
        var (pipeline, admission) = (scope.ServiceProvider.GetRequiredService<PredictionPipeline>(), scope.ServiceProvider.GetRequiredService<Admission>());
        using var body = await JsonBody.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(Rows(450).ToJsonString())), TestContext.Current.CancellationToken);
        var call = new PredictCall(new("test", Scope.Predict), "flight-delay", null, null, body);
        var (model, rows) = pipeline.Read(call, 450);
        List<string> events = [];

        await foreach (var each in BatchPrediction.RunAsync(pipeline, call, model, rows, () => admission.Enter("flight-delay"), error => (ServiceError)error, TestContext.Current.CancellationToken))
        {
            events.Add(each.EventType);
            for (var other = 0; each.EventType == "predictions" && other < 512; other++)
            {
                admission.Enter("flight-delay"); // all: the part has given its own back
            }
        }

        Assert.Equal(["predictions", "progress", "error"], events);
        Assert.Equal(["200 prediction_audit"], await RecordsAsync());
    }

    [Fact]
    public async Task A_wrong_row_anywhere_refuses_all_before_the_first_event()
    {
        var rows = Rows(450);
        rows["inputs"]!["distance_miles"]![449] = -1;

        using var response = await SendAsync(rows);
        var body = await RunningGateway.BodyOfAsync(response);

        Assert.Equal((HttpStatusCode.BadRequest, "inputs.distance_miles[449]"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
        Assert.Empty(gateway.Features.Requests);
    }

    [Theory]
    [InlineData(1_500, HttpStatusCode.OK)]
    [InlineData(1_501, HttpStatusCode.BadRequest)]
    public async Task Rows_have_their_own_limit(int rows, HttpStatusCode status)
    {
        using var response = await SendAsync(Rows(rows));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Its_body_may_be_larger_than_that_of_another_request()
    {
        using var response = await SendAsync(Rows(1), padding: 1_048_576);

        Assert.Equal("done", (await EventsAsync(response))[^1].EventType);
    }

    [Fact]
    public async Task The_bodies_of_all_in_progress_have_a_limit_together_until_their_answers_end()
    {
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(("Pipeline:MaxStreamedBodyBytes", "60000"), ("Pipeline:StreamedBytes", "60000"));
        var (atModel, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (asked, response) =>
        {
            atModel.TrySetResult();
            await go.Task;
            await InferenceStandIn.AnswerAsync(asked, response);
        };

        var sending = SendAsync(Rows(1), padding: 40_000);
        await atModel.Task.WithinAsync("the first one at the model");
        using var second = await SendAsync(Rows(1), padding: 40_000);
        go.SetResult();
        using var first = await sending;
        await EventsAsync(first);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        Assert.NotNull(second.Headers.RetryAfter);
        await Eventually.TrueAsync("the place to be given back", async () =>
        {
            using var third = await SendAsync(Rows(1), padding: 40_000);
            return third.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task An_idempotency_key_is_refused()
    {
        using var response = await SendAsync(Rows(1), idempotencyKey: "k-1");

        Assert.Equal((HttpStatusCode.BadRequest, "idempotency-key"), (response.StatusCode, (string?)(await RunningGateway.BodyOfAsync(response))["errors"]![0]!["field"]));
    }

    private async Task<string[]> RecordsAsync() =>
        [.. (await gateway.AuditAsync()).GroupBy(record => (string?)JsonNode.Parse(record)!["event"]).Select(each => $"{each.Count()} {each.Key}")];

    private static JsonObject Rows(int rows) => RunningGateway.Request([.. Enumerable.Range(0, rows).Select(row => (double)row)]);

    private async Task<HttpResponseMessage> SendAsync(JsonObject rows, string? idempotencyKey = null, int padding = 0)
    {
        using var content = new StringContent(rows.ToJsonString() + new string(' ', padding), Encoding.UTF8, "application/json");
        using var message = new HttpRequestMessage(HttpMethod.Post, RunningGateway.Predict) { Content = content };
        message.Headers.Accept.ParseAdd("text/event-stream");
        if (idempotencyKey is not null)
        {
            message.Headers.Add("idempotency-key", idempotencyKey);
        }

        return await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static async Task<SseItem<string>[]> EventsAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        return await SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken).ToArrayAsync(TestContext.Current.CancellationToken);
    }
}
