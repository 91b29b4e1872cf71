using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;

namespace MlAspire.Gateway.Tests.Predictions;

public sealed class PredictionEndpointTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings = [("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_prediction_is_found_by_its_id_with_its_record_and_proof()
    {
        var (first, second) = await PredictTwoAsync();

        var (status, found) = await SendAsync(HttpMethod.Get, $"/v1/predictions/{second}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((2, second), ((int)found["index"]!, (string)found["record"]!["prediction_id"]!));
        Assert.All((string[])["bytes", "proof", "checkpoint"], field => Assert.NotNull(found[field]));
        Assert.Equal(first, (string)(await SendAsync(HttpMethod.Get, $"/v1/predictions/{first}")).Body["record"]!["prediction_id"]!);
    }

    [Fact]
    public async Task Predictions_are_found_again_after_a_restart()
    {
        var (first, second) = await PredictTwoAsync();
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        Assert.Equal(1, (int)(await SendAsync(HttpMethod.Get, $"/v1/predictions/{first}")).Body["index"]!);
        Assert.Equal(2, (int)(await SendAsync(HttpMethod.Get, $"/v1/predictions/{second}")).Body["index"]!);
    }

    [Fact]
    public async Task Nobody_hides_a_prediction_by_asking_with_its_id_again()
    {
        JsonNode[] requests = [RunningGateway.Request(1946), RunningGateway.Request(6000)];
        foreach (var request in requests)
        {
            request["prediction_ids"] = new JsonArray("mine");
            (await gateway.PostAsync(request)).Response.EnsureSuccessStatusCode();
        }

        for (var start = 0; start < 2; start++)
        {
            var (_, found) = await SendAsync(HttpMethod.Get, "/v1/predictions/mine");
            Assert.Equal((1, 0.1946f, "[1,3]"), ((int)found["index"]!, (float)found["record"]!["prediction"]!["probability"]!, found["indices"]!.ToJsonString()));
            Assert.Equal(0.6f, (float)(await SendAsync(HttpMethod.Get, "/v1/predictions/mine?index=3")).Body["record"]!["prediction"]!["probability"]!);
            Assert.Equal(0.1946f, (float)(await SendAsync(HttpMethod.Post, "/v1/predictions/mine/replay")).Body["recorded"]!["output"]!);
            Assert.Equal(0.6f, (float)(await SendAsync(HttpMethod.Post, "/v1/predictions/mine/replay?index=3")).Body["recorded"]!["output"]!);
            var (status, problem) = await SendAsync(HttpMethod.Get, "/v1/predictions/mine?index=2");
            Assert.Equal((HttpStatusCode.NotFound, "index"), (status, (string?)problem["errors"]![0]!["field"]));
            await gateway.StopHostAsync();
            await gateway.StartHostAsync(Settings);
        }
    }

    [Fact]
    public async Task A_replay_on_the_version_that_answered_gives_the_same_bits_from_the_same_bits()
    {
        var (first, _) = await PredictTwoAsync();
        var asked = InferenceStandIn.TensorOf(gateway.Inference.Requests.Last());

        var (status, replay) = await SendAsync(HttpMethod.Post, $"/v1/predictions/{first}/replay");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            $$"""{"prediction_id":"{{first}}","model":"flight-delay","recorded":{"version":"3","model_digest":"sha256:3","output":0.1946,"label":"on_time"},"replayed":{"version":"3","model_digest":"sha256:3","output":0.1946,"label":"on_time"},"identical":true,"ulps":0,"difference":0}""",
            replay.ToJsonString());
        Assert.EndsWith("/versions/3/infer", gateway.Inference.Requests.Last().Path, StringComparison.Ordinal);
        Assert.Equal(asked[..7], InferenceStandIn.TensorOf(gateway.Inference.Requests.Last()));
    }

    [Fact]
    public async Task A_replay_on_another_version_says_how_far_apart_they_are()
    {
        var (first, _) = await PredictTwoAsync(); // version 3 says 0.1946, version 2 one minus that

        var (_, replay) = await SendAsync(HttpMethod.Post, $"/v1/predictions/{first}/replay?version=2");

        Assert.Equal((false, "2", 1 - 0.1946f, "late"), ((bool)replay["identical"]!, (string)replay["replayed"]!["version"]!, (float)replay["replayed"]!["output"]!, (string)replay["replayed"]!["label"]!));
        Assert.Equal((double)(1 - 0.1946f) - 0.1946f, (double)replay["difference"]!);
        Assert.True((long)replay["ulps"]! > 1_000_000);
    }

    [Fact]
    public async Task A_missing_feature_is_replayed_as_the_NaN_it_was()
    {
        var request = RunningGateway.Request(1946);
        request["entities"]!["origin"]![0] = "BNA"; // its delay is not there
        var (_, body) = await gateway.PostAsync(request);
        Assert.True(float.IsNaN(InferenceStandIn.TensorOf(gateway.Inference.Requests.Last())[5]));

        await SendAsync(HttpMethod.Post, $"/v1/predictions/{(string)body["predictions"]![0]!["prediction_id"]!}/replay");

        Assert.Equal(BitConverter.SingleToInt32Bits(float.NaN), BitConverter.SingleToInt32Bits(InferenceStandIn.TensorOf(gateway.Inference.Requests.Last())[5]));
    }

    [Theory]
    [InlineData("GET", "/v1/predictions/nobody", 404, "prediction_id")]
    [InlineData("POST", "/v1/predictions/nobody/replay", 404, "prediction_id")]
    [InlineData("POST", "/v1/predictions/{id}/replay?version=9", 404, "version")]
    [InlineData("POST", "/v1/predictions/{id}/replay?version=best", 404, "version")]
    [InlineData("POST", "/v1/predictions/{id}/replay?version=-1", 400, "version")]
    public async Task What_is_not_there_is_named(string method, string path, int status, string field)
    {
        var (first, _) = await PredictTwoAsync();

        var (code, problem) = await SendAsync(new(method), path.Replace("{id}", first, StringComparison.Ordinal));

        Assert.Equal((status, field), ((int)code, (string)problem["errors"]![0]!["field"]!));
    }

    [Fact]
    public async Task A_pipeline_of_other_columns_refuses_the_replay()
    {
        var (first, _) = await PredictTwoAsync();
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("""{ "name": "day_of_week", "dayOfWeek": "departure" },""", "", StringComparison.Ordinal));
        await gateway.StartHostAsync(Settings);

        var (code, problem) = await SendAsync(HttpMethod.Post, $"/v1/predictions/{first}/replay");

        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Equal("The record has 7 columns, the model's pipeline 6.", (string)problem["errors"]![0]!["message"]!);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/replay")]
    public async Task Nobody_reads_a_prediction_without_the_scope(string method, string rest)
    {
        using var message = new HttpRequestMessage(new(method), $"/v1/predictions/any{rest}");
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<(string First, string Second)> PredictTwoAsync()
    {
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946, 6000));
        return ((string)body["predictions"]![0]!["prediction_id"]!, (string)body["predictions"]![1]!["prediction_id"]!);
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, string path)
    {
        using var message = new HttpRequestMessage(method, path);
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await RunningGateway.BodyOfAsync(response));
    }
}
