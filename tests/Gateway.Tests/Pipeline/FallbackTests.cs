using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>The feature store's stand-in knows one of two features at ATL (the other is stale), and none elsewhere.</summary>
public sealed class FallbackTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(null, ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read"));
        gateway.WriteModel("request-only", FlightPipeline.RequestOnlyJson);
        gateway.WriteModel("flight-delay", FlightPipeline.WithFallbackJson);
        gateway.Inference.Answer = (asked, response) => asked.Path == "/v2/models/request-only/infer" ? InferenceStandIn.WriteAsync(response, "5", [0.75f]) : InferenceStandIn.AnswerAsync(asked, response);
        await Eventually.TrueAsync("the pipelines to be read", () => gateway.Host.Services.GetRequiredService<PipelineTable>().Current.Fallbacks.Count == 1);
    }

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task When_too_many_features_are_stale_or_missing_the_fallback_answers_and_everything_says_so()
    {
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());

        var (response, body) = await gateway.PostAsync(FromNashville());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"name":"request-only","version":"5","alias":"champion","arm":"fallback","fallback_for":"flight-delay"}""", body["model"]!.ToJsonString());
        Assert.Equal((1.0, 0.75, "late"), ((double)body["stale_share"]!, (double)body["predictions"]![0]!["output"]!["probability"]!, (string?)body["predictions"]![0]!["label"]));
        var asked = Assert.Single(gateway.Inference.Requests);
        Assert.Equal([1946, 2, 485], MemoryMarshal.Cast<byte, float>(asked.Body.AsSpan(^12..)).ToArray()); // miles, LAX, 08:05

        var record = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!;
        Assert.Equal(
            ("request-only", "fallback", "flight-delay", 1.0, "flight_delay"),
            ((string?)record["model"], (string?)record["arm"], (string?)record["fallback_for"], (double)record["stale_share"]!, (string?)record["feature_service"]));
        Assert.Equal("NOT_FOUND", (string?)record["input_features"]!["origin_mean_delay_1h"]!["status"]);
        var sent = Assert.Single(await gateway.EventsAsync(1));
        Assert.Equal(("request-only", "fallback"), ((string?)sent["model"], (string?)sent["arm"]));
        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");
        Assert.Equal(("request-only", "fallback", "flight-delay", 1.0), ((string?)line["model"], (string?)line["arm"], (string?)line["fallback_for"], (double)line["stale_share"]!));
        Assert.Equal(1, metrics.Sum("ml.prediction.fallbacks", ("ml.model.name", "flight-delay")));
        Assert.Equal(2, metrics.Sum("ml.feature.missing", ("ml.model.name", "flight-delay"))); // one is not there, the other stale
    }

    [Fact]
    public async Task When_the_fallback_fails_everything_says_that_it_was_the_fallback()
    {
        gateway.Inference.Answer = (_, response) => { response.StatusCode = 500; return Task.CompletedTask; };
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());

        var (response, _) = await gateway.PostAsync(FromNashville());

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("request-only", Assert.Single(metrics.Of("ml.inference.predictions")).Tags["ml.model.name"]);
        var record = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!;
        var sent = Assert.Single(await gateway.EventsAsync(1));
        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");
        Assert.All([record, sent, line], each => Assert.Equal(("request-only", "fallback"), ((string?)each["model"], (string?)each["arm"])));
        Assert.Equal(("flight-delay", 1.0), ((string?)line["fallback_for"], (double)line["stale_share"]!));
    }

    [Fact]
    public async Task A_fallback_that_goes_while_the_features_are_read_still_answers_that_request()
    {
        gateway.Features.Answer = async (_, response) =>
        {
            gateway.WriteModel("flight-delay", FlightPipeline.Json);
            await gateway.Host.Services.GetRequiredService<PipelineTable>().ReloadAsync(CancellationToken.None);
            response.StatusCode = 503;
        };

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1946));

        Assert.Equal((HttpStatusCode.OK, "request-only", "fallback"), (response.StatusCode, (string?)body["model"]!["name"], (string?)body["model"]!["arm"]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(RunningGateway.Request(1946))).Response.StatusCode);
    }

    [Fact]
    public async Task Up_to_its_share_the_model_itself_answers_and_tells_the_share()
    {
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946));

        Assert.Equal(("flight-delay", "stable", 0.5), ((string?)body["model"]!["name"], (string?)body["model"]!["arm"], (double)body["stale_share"]!));
        Assert.Null(body["model"]!["fallback_for"]);
    }

    [Fact]
    public async Task A_feature_store_that_cannot_be_read_is_answered_by_the_fallback()
    {
        await gateway.Features.DisposeAsync();
        var request = RunningGateway.Request(1946);
        request["explain"] = true;

        var (response, body) = await gateway.PostAsync(request);

        Assert.Equal((HttpStatusCode.OK, "fallback", 1.0), (response.StatusCode, (string?)body["model"]!["arm"], (double)body["stale_share"]!));
        Assert.Equal("""{"value":null,"status":"UNAVAILABLE"}""", body["predictions"]![0]!["features"]!["route_backlog_1d"]!.ToJsonString());
    }

    [Fact]
    public async Task A_feature_store_that_hangs_has_half_of_the_time_and_the_fallback_answers_in_the_other()
    {
        var ends = new TaskCompletionSource();
        gateway.Features.Answer = (_, _) => ends.Task;

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1946), headers: ("x-request-timeout-ms", "2000"));
        ends.SetResult();

        Assert.Equal((HttpStatusCode.OK, "fallback", 1.0), (response.StatusCode, (string?)body["model"]!["arm"], (double)body["stale_share"]!));
        var told = Assert.Single(gateway.Features.Requests).Header("x-request-timeout-ms");
        Assert.InRange(int.Parse(told!, CultureInfo.InvariantCulture), 1, 1_000);
    }

    [Fact]
    public async Task Who_names_a_version_gets_that_version_or_the_failure()
    {
        var (stale, body) = await gateway.PostAsync(FromNashville(), $"{RunningGateway.Predict}?version=1");
        await gateway.Features.DisposeAsync();
        var (failed, _) = await gateway.PostAsync(FromNashville(), $"{RunningGateway.Predict}?version=1");

        Assert.Equal((HttpStatusCode.OK, "flight-delay", "1"), (stale.StatusCode, (string?)body["model"]!["name"], (string?)body["model"]!["version"]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
    }

    [Fact]
    public async Task What_the_store_refuses_is_refused()
    {
        gateway.Features.Answer = async (_, response) =>
        {
            (response.StatusCode, response.ContentType) = (400, "application/problem+json");
            await response.Body.WriteAsync("""{"status":400,"code":"invalid_argument","detail":"no","errors":[{"field":"entities.origin[0]","message":"is wrong"}]}"""u8.ToArray());
        };

        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1946));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task What_the_fallback_answered_is_replayed_on_the_fallback()
    {
        var (_, body) = await gateway.PostAsync(FromNashville());
        gateway.Inference.Answer = (_, response) => InferenceStandIn.WriteAsync(response, "5", [0.5f]);

        var (response, replay) = await gateway.PostAsync(new JsonObject(), $"/v1/predictions/{(string?)body["predictions"]![0]!["prediction_id"]}/replay", ("x-api-key", Key));

        Assert.Equal((HttpStatusCode.OK, "request-only", false), (response.StatusCode, (string?)replay["model"], (bool)replay["identical"]!));
    }

    [Fact]
    public async Task Without_the_fallbacks_pipeline_the_model_answers_alone_and_readiness_is_degraded_with_the_reason()
    {
        File.Delete(gateway.ModelFile("request-only"));
        await Eventually.TrueAsync("the file's end to be noticed", () => gateway.Host.Services.GetRequiredService<PipelineTable>().Current.Fallbacks.Count == 0);

        var (response, body) = await gateway.PostAsync(FromNashville());

        Assert.Equal((HttpStatusCode.OK, "flight-delay"), (response.StatusCode, (string?)body["model"]!["name"]));
        await Eventually.TrueAsync("readiness to say it", async () =>
            (await gateway.Client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken)).Contains("no model \\u0027request-only\\u0027", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"model\": \"request-only\",", "\"model\": \"request-only\", \"featureService\": \"x\",", "'request-only' reads features itself")]
    [InlineData("\"destination\"", "\"runway\"", "'request-only' takes runway, which a request to this model does not have")]
    [InlineData("\"distance_miles\"", "\"distance_km\"", "'request-only' takes distance_km, which a request to this model does not have")]
    [InlineData("\"departure\"", "\"arrival\"", "'request-only' takes arrival, which a request to this model does not have")]
    [InlineData(", \"LAX\"", "", "'request-only' does not know every destination that this model knows")]
    public void A_fallback_that_cannot_answer_every_request_of_the_model_is_named(string part, string by, string problem)
    {
        var model = new PipelineModel(FlightPipeline.Parse(FlightPipeline.WithFallbackJson));
        var fallback = new PipelineModel(FlightPipeline.Parse(FlightPipeline.RequestOnlyJson.Replace(part, by, StringComparison.Ordinal)));

        Assert.Equal($"fallback.model: {problem}", Fallback.ProblemOf(model, fallback));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("destination", "destination", null)]
    [InlineData("origin", null, null)] // the record belongs to whom the model says
    [InlineData(null, "destination", "'request-only' has the subject destination, this model none")]
    [InlineData("origin", "destination", "'request-only' has the subject destination, this model origin")]
    public void A_fallback_whose_rows_are_about_someone_else_is_named(string? subject, string? fallbackSubject, string? problem)
    {
        var model = new PipelineModel(FlightPipeline.Parse(About(FlightPipeline.WithFallbackJson, subject)));
        var fallback = new PipelineModel(FlightPipeline.Parse(About(FlightPipeline.RequestOnlyJson, fallbackSubject)));

        Assert.Equal(problem is null ? null : $"fallback.model: {problem}", Fallback.ProblemOf(model, fallback));
    }

    private static string About(string pipeline, string? subject) =>
        subject is null ? pipeline : pipeline.Replace("\"inputs\"", $"\"subject\": \"{subject}\", \"inputs\"", StringComparison.Ordinal);

    private static JsonObject FromNashville()
    {
        var request = RunningGateway.Request(1946);
        request["entities"]!["origin"] = new JsonArray("BNA");
        return request;
    }
}
