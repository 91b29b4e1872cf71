using System.Net;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class DependencyTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync();

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_feature_store_that_cannot_be_reached_is_503_with_Retry_After_and_a_record_of_the_failure()
    {
        await gateway.Features.DisposeAsync();

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (response.StatusCode, (string?)body["code"]));
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Contains("feature-store", (string)body["detail"]!, StringComparison.Ordinal);
        await gateway.FailedAsync("unavailable");
    }

    [Theory]
    [InlineData("feature-store")]
    [InlineData("inference")]
    public async Task A_service_that_dies_in_the_middle_of_its_answer_is_asked_once_more_and_then_503(string service)
    {
        var standIn = service == "inference" ? gateway.Inference : gateway.Features;
        standIn.Answer = (_, response) => StandIn.DieInAnswerAsync(response);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, $"The service {service} cannot be reached.", 2), (response.StatusCode, (string?)body["detail"], standIn.Requests.Count));
        await gateway.FailedAsync("unavailable");
    }

    [Theory]
    [InlineData(503, "unavailable", 503, "unavailable")]
    [InlineData(429, "overloaded", 429, "overloaded")]
    [InlineData(504, "deadline_exceeded", 504, "deadline_exceeded")]
    [InlineData(404, "not_found", 503, "not_ready")]
    [InlineData(400, "invalid_argument", 500, "internal")]
    [InlineData(500, "internal", 500, "internal")]
    public async Task What_the_feature_store_answers_decides_the_answer(int theirs, string theirCode, int ours, string ourCode)
    {
        gateway.Features.Answer = (_, response) => ProblemAsync(response, theirs, theirCode, "somewhere.else");

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((ours, ourCode), ((int)response.StatusCode, (string)body["code"]!));
        Assert.Equal(ours is 429 or 503, response.Headers.RetryAfter is not null);
        Assert.Empty(gateway.Inference.Requests);
    }

    [Fact]
    public async Task A_feature_store_that_is_down_is_called_a_tenth_more_often_than_there_are_requests_and_a_burst_of_ten()
    {
        gateway.Features.Answer = (_, response) => ProblemAsync(response, 503, "unavailable", "somewhere.else");

        var answers = await Task.WhenAll(Enumerable.Range(0, 45).Select(_ => gateway.PostAsync(RunningGateway.Request(1))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Response.StatusCode));
        Assert.InRange(gateway.Features.Requests.Count, 46, (1.1 * 45) + 10);
    }

    [Fact]
    public async Task A_feature_service_that_takes_something_with_the_request_gets_it_when_the_pipeline_names_it_and_is_500_that_says_so_when_it_does_not()
    {
        gateway.Features.Answer = (asked, response) => FeatureStoreStandIn.Read(asked).Columns.OfType<NumberColumn>().SingleOrDefault() is { Name: "request.distance_miles", Values: [1] }
            ? FeatureStoreStandIn.AnswerAsync(asked, response) : ProblemAsync(response, 400, "invalid_argument", "request.distance_miles");
        var (missing, problem) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "The feature service flight_delay takes distance_miles with the request, which is not in the featureRequest of the pipeline of flight-delay."),
            (missing.StatusCode, (string?)problem["detail"]));
        await gateway.FailedAsync("internal");

        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"featureRequest\": [\"distance_miles\"], \"inputs\"", StringComparison.Ordinal));
        await Eventually.TrueAsync("the other pipeline to hold", async () => (await gateway.PostAsync(RunningGateway.Request(1))).Response.StatusCode == HttpStatusCode.OK);

        gateway.Features.Answer = (_, response) => ProblemAsync(response, 400, "invalid_argument", "request.distance_miles[0]");
        var (refused, body) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal((HttpStatusCode.BadRequest, "inputs.distance_miles[0]"), (refused.StatusCode, (string)body["errors"]![0]!["field"]!));
    }

    [Theory]
    [InlineData("entities.origin[0]", "entities.origin[0]")]
    [InlineData("event_times[0]", "inputs.departure[0]")]
    public async Task A_value_that_the_feature_store_refuses_is_named_in_the_words_of_the_request(string theirs, string ours)
    {
        gateway.Features.Answer = (_, response) => ProblemAsync(response, 400, "invalid_argument", theirs);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.BadRequest, ours), (response.StatusCode, (string)body["errors"]![0]!["field"]!));
    }

    [Theory]
    [InlineData("""{"feature_service":"flight_delay","version":1}""", 1, "has no feature origin_mean_delay_1h")]
    [InlineData("""{"feature_service":"flight_delay","version":1}""", 0, "answered 0 rows where 1 were asked for")]
    [InlineData("""{"feature_service":"flight_delay","version":1}""", 2, "cannot be read")]
    [InlineData("null", 1, "cannot be read")]
    [InlineData("hello", 1, "cannot be read")]
    public async Task An_answer_that_is_not_what_the_pipeline_needs_is_500_and_no_prediction(string header, int rows, string detail)
    {
        gateway.Features.Answer = (_, response) => FeatureStoreStandIn.WriteAsync(response, header, [], rows);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains(detail, (string)body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feature_that_is_no_number_is_500_and_no_prediction()
    {
        gateway.Features.Answer = (_, response) => FeatureStoreStandIn.WriteAsync(response, """{"feature_service":"flight_delay","version":1}""", [new ByteColumn("statuses.route_backlog_1d", [0]), new TextColumn("values.route_backlog_1d", ["many"])]);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.InternalServerError, "The feature store's values.route_backlog_1d are no numbers, which a model takes."), (response.StatusCode, (string?)body["detail"]));
    }

    [Theory]
    [InlineData(503, 503, "unavailable")]
    [InlineData(429, 429, "overloaded")]
    [InlineData(504, 504, "deadline_exceeded")]
    [InlineData(404, 503, "not_ready")]
    [InlineData(400, 500, "internal")]
    [InlineData(500, 500, "internal")]
    public async Task What_the_model_server_answers_decides_the_answer(int theirs, int ours, string ourCode)
    {
        gateway.Inference.Answer = (_, response) => WriteAsync(response, theirs, """{"error":"secret path /models"}""");

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((ours, ourCode), ((int)response.StatusCode, (string)body["code"]!));
        Assert.DoesNotContain("secret", body.ToJsonString(), StringComparison.Ordinal);
        await gateway.FailedAsync(ourCode);
    }

    [Fact]
    public async Task A_version_that_does_not_exist_is_404_and_names_the_version()
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version=9");

        Assert.Equal((HttpStatusCode.NotFound, "version"), (response.StatusCode, (string)body["errors"]![0]!["field"]!));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task A_model_that_answers_no_number_is_500_and_leaves_a_record_of_the_failure(float probability)
    {
        gateway.Inference.Answer = (_, response) => InferenceStandIn.WriteAsync(response, "3", [probability]);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("not finite", (string)body["detail"]!, StringComparison.Ordinal);
        await gateway.FailedAsync("internal");
    }

    [Theory]
    [InlineData("""{"model_name":"flight-delay","model_version":"3","outputs":[{"name":"probability","datatype":"FP32","shape":[1,1],"data":[0.25]}]}""", 200)]
    [InlineData("""{"model_name":"flight-delay","model_version":"3","outputs":[{"name":"probability","datatype":"FP32","shape":[2,1],"data":[0.25,1]}]}""", 500)]
    [InlineData("""{"model_name":"flight-delay","model_version":"3","outputs":[{"name":"probability","datatype":"FP64","shape":[1,1],"data":[0.25]}]}""", 500)]
    [InlineData("""{"model_name":"flight-delay","model_version":"3","outputs":[{"name":"other","datatype":"FP32","shape":[1,1],"data":[0.25]}]}""", 500)]
    [InlineData("""{"outputs":[]}""", 500)]
    [InlineData("hello", 500)]
    public async Task The_models_answer_may_be_plain_JSON_but_must_be_what_the_pipeline_says(string answer, int status)
    {
        gateway.Inference.Answer = (_, response) => WriteAsync(response, 200, answer);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? 0.25 : null, (double?)body["predictions"]?[0]?["output"]?["probability"]);
    }

    [Fact]
    public async Task A_caller_that_goes_away_cancels_the_work_and_leaves_no_record()
    {
        var asked = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        gateway.Inference.Answer = async (_, response) =>
        {
            response.HttpContext.RequestAborted.Register(gone.SetResult);
            asked.SetResult();
            await gone.Task;
        };
        using var caller = new CancellationTokenSource();
        using var content = new StringContent(RunningGateway.Request(1).ToJsonString());

        var sending = gateway.Client.PostAsync(RunningGateway.Predict, content, caller.Token);
        await asked.Task.WithinAsync("the model to be asked");
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await gone.Task.WithinAsync("the model's request to be cancelled");
        var events = await gateway.EventsAsync(1);
        Assert.Equal("cancelled", (string)events[0]["status"]!);
        await gateway.FailedAsync("cancelled");
    }

    [Fact]
    public async Task Redis_being_lost_neither_fails_nor_delays_a_prediction_and_events_flow_again_when_it_is_back()
    {
        await gateway.Redis.KillAsync();

        for (var i = 0; i < 20; i++)
        {
            var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await Eventually.TrueAsync("the loss to be logged", () => gateway.Host.Logs.Named("prediction_events_lost").Any());
        await gateway.Redis.RestartAsync();
        await Eventually.TrueAsync("an event on the stream", async () =>
        {
            await gateway.PostAsync(RunningGateway.Request(1));
            return (await gateway.EventsAsync(0)).Length > 0;
        });
        await Eventually.TrueAsync("the return to be logged", () => gateway.Host.Logs.Named("prediction_events_back").Any());
        Assert.Single(gateway.Host.Logs.Named("prediction_events_lost"));
    }

    private static Task ProblemAsync(HttpResponse response, int status, string code, string field) =>
        WriteAsync(response, status, $$"""{"status":{{status}},"code":"{{code}}","detail":"not now","errors":[{"field":"{{field}}","message":"is wrong"}]}""");

    private static Task WriteAsync(HttpResponse response, int status, string body)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        return response.WriteAsync(body);
    }
}
