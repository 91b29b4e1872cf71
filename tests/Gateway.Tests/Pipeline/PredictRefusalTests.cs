using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class PredictRefusalTests(PredictRefusalTests.Fixture fixture) : IClassFixture<PredictRefusalTests.Fixture>
{
    private const string Entities = """ "entities":{"origin":["ATL"],"destination":["LAX"]} """;
    private const string Inputs = """ "inputs":{"distance_miles":[1],"departure":["2001-03-01T08:00:00Z"]} """;

    private readonly RunningGateway gateway = fixture.Gateway;

    [Theory]
    [InlineData("[]", "body")]
    [InlineData("{}", "entities inputs")]
    [InlineData("{ \"entities\": [], \"inputs\": 5 }", "entities inputs")]
    [InlineData("{" + Entities + "," + Inputs + ",\"explian\": true}", "explian")]
    [InlineData("{" + Entities + "," + Inputs + ",\"explain\": 1}", "explain")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[1]}}", "inputs.departure")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[1],\"departure\":[\"2001-03-01T08:00:00Z\"],\"more\":[1]}}", "inputs.more")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[\"far\"],\"departure\":[7]}}", "inputs.distance_miles[0] inputs.departure[0]")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[10001],\"departure\":[\"2001-03-01T08:00:00\"]}}", "inputs.distance_miles[0] inputs.departure[0]")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[-0.5],\"departure\":[\"2001-02-29T08:00:00Z\"]}}", "inputs.distance_miles[0] inputs.departure[0]")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[1e999],\"departure\":[null]}}", "inputs.distance_miles[0] inputs.departure[0]")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":1,\"departure\":\"2001-03-01T08:00:00Z\"}}", "inputs.distance_miles inputs.departure")]
    [InlineData("{\"entities\":{\"origin\":[\"XXX\"],\"destination\":[5]}," + Inputs + "}", "entities.origin[0] entities.destination[0]")]
    [InlineData("{\"entities\":{\"origin\":[\"ATL\"],\"destination\":[\"LAX\",\"BNA\"]}," + Inputs + "}", "entities.destination")]
    [InlineData("{\"entities\":{\"origin\":[],\"destination\":[]},\"inputs\":{\"distance_miles\":[],\"departure\":[]}}", "entities.origin")]
    [InlineData("{" + Entities + "," + Inputs + ",\"prediction_ids\": [\"a b\"]}", "prediction_ids[0]")]
    [InlineData("{" + Entities + "," + Inputs + ",\"prediction_ids\": [\"a\",\"a\"]}", "prediction_ids prediction_ids[1]")]
    [InlineData("{" + Entities + "," + Inputs + ",\"prediction_ids\": \"a\"}", "prediction_ids")]
    [InlineData("{\"entities\":{\"origin\":[\"\\ud800\"],\"destination\":[\"LAX\"]}," + Inputs + "}", "entities.origin[0]")]
    [InlineData("{" + Entities + ",\"inputs\":{\"distance_miles\":[1],\"departure\":[\"\\ud800\"]}}", "inputs.departure[0]")]
    [InlineData("{" + Entities + "," + Inputs + ",\"prediction_ids\": [\"\\ud800\"]}", "prediction_ids[0]")]
    [InlineData("{" + Entities + "," + Inputs + ",\"expl\\ud800\": 1}", "body")]
    [InlineData("{\"entities\":{\"ori\\ud800\":[]}," + Inputs + "}", "body")]
    public async Task Every_wrong_field_is_named_and_nothing_is_asked_of_the_services_behind(string json, string fields)
    {
        var (response, body) = await SendAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("invalid_argument", (string?)body["code"]);
        Assert.Equal(fields.Split(' '), body["errors"]!.AsArray().Select(error => (string)error!["field"]!));
        Assert.Empty(gateway.Features.Requests);
        Assert.Empty(gateway.Inference.Requests);
    }

    [Theory]
    [InlineData("", "line 1, byte 0")]
    [InlineData("{\n\"entities\": ]", "line 2, byte 12")]
    [InlineData("{} {}", "line 1, byte 3")]
    [InlineData("{\"explain\":true,\"explain\":true}", "line")]
    public async Task What_is_no_JSON_is_refused_with_its_place(string json, string place)
    {
        var (response, body) = await SendAsync(json);

        Assert.Equal((HttpStatusCode.BadRequest, "body"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
        Assert.Contains(place, (string)body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_with_very_many_wrong_values_is_answered_with_the_first_twenty()
    {
        var (_, body) = await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Repeat(-1.0, 1000)]));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"inputs.distance_miles[{i}]"), body["errors"]!.AsArray().Select(error => (string)error!["field"]!));
    }

    [Fact]
    public async Task An_unknown_model_is_404_and_names_the_model()
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), "/v1/models/nobody/predict");

        Assert.Equal((HttpStatusCode.NotFound, "not_found", "model"), (response.StatusCode, (string?)body["code"], (string?)body["errors"]![0]!["field"]));
    }

    [Fact]
    public async Task An_alias_that_does_not_exist_is_404_and_names_the_version()
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version=nobody");

        Assert.Equal((HttpStatusCode.NotFound, "version"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
    }

    [Theory]
    [InlineData("1x")]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1234567890123456789")]
    public async Task A_version_that_is_no_number_is_refused(string version)
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version={version}");

        Assert.Equal((HttpStatusCode.BadRequest, "version"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("60001")]
    [InlineData("soon")]
    [InlineData("1.5")]
    public async Task A_timeout_outside_its_bounds_is_refused(string timeout)
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), headers: ("x-request-timeout-ms", timeout));

        Assert.Equal((HttpStatusCode.BadRequest, "x-request-timeout-ms"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, RunningGateway.Predict)
        {
            Content = new StringContent($"{{\"explain\":\"{new string('x', 1 << 20)}\"}}", Encoding.UTF8, "application/json"),
        };
        message.Headers.ExpectContinue = true; // else the connection may be reset under the client while it still sends

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        var body = await RunningGateway.BodyOfAsync(response);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "payload_too_large"), (response.StatusCode, (string?)body["code"]));
    }

    [Fact]
    public async Task No_refused_request_leaves_an_audit_record()
    {
        await SendAsync("{}");

        Assert.Empty(await gateway.AuditAsync());
    }

    private async Task<(HttpResponseMessage Response, JsonNode Body)> SendAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        var response = await gateway.Client.PostAsync(RunningGateway.Predict, content, TestContext.Current.CancellationToken);
        return (response, await RunningGateway.BodyOfAsync(response));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal RunningGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await RunningGateway.StartAsync();

        public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
    }
}
