using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class PredictTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync();

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_prediction_goes_through_both_services_and_says_all_it_promises()
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1946), headers: ("x-correlation-id", "c-1"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var prediction = Assert.Single(body["predictions"]!.AsArray())!;
        var id = (string)prediction["prediction_id"]!;
        Assert.Equal(7, Guid.Parse(id).Version);
        Assert.Equal(32, ((string)body["trace_id"]!).Length);
        Assert.Equal(
            $$$"""{"model":{"name":"flight-delay","version":"3","alias":"champion","arm":"stable"},"predictions":[{"prediction_id":"{{{id}}}","output":{"probability":0.1946},"label":"on_time"}],"stale_share":0.5,"correlation_id":"c-1","trace_id":"{{{(string)body["trace_id"]!}}}","audit":{"log":"mlaspire/gateway","index":1,"tree_size":3}}""",
            body.ToJsonString());
        Assert.Equal(["c-1"], response.Headers.GetValues("x-correlation-id"));
    }

    [Fact]
    public async Task The_feature_store_is_asked_once_for_all_rows_with_the_moments_of_the_event()
    {
        await gateway.PostAsync(RunningGateway.Request(1946, 200), headers: ("x-correlation-id", "c-2"));

        var asked = Assert.Single(gateway.Features.Requests);
        Assert.Equal(("POST", "/v1/features/online", "c-2", Column.ContentType), (asked.Method, asked.Path, asked.Header("x-correlation-id"), asked.Header("Accept")));
        var (service, columns) = FeatureStoreStandIn.Read(asked);
        Assert.Equal(("flight_delay", "entities.origin entities.destination event_times"), (service, string.Join(' ', columns.Select(column => column.Name))));
        Assert.Equal("ATL ATL", string.Join(' ', ((TextColumn)columns[0]).Values));
        Assert.Equal("LAX LAX", string.Join(' ', ((TextColumn)columns[1]).Values));
        Assert.All(((TimeColumn)columns[2]).Values, time => Assert.Equal("2001-03-01T08:05:00.0000000-05:00", time!.Value.ToString("O", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task The_model_is_given_the_assembled_rows_with_missing_features_as_NaN_or_their_default()
    {
        var request = RunningGateway.Request(1946, 200);
        request["entities"]!["origin"] = new JsonArray("ATL", "BNA");

        await gateway.PostAsync(request, headers: ("x-correlation-id", "c-3"));

        var asked = Assert.Single(gateway.Inference.Requests);
        Assert.Equal(("POST", "/v2/models/flight-delay/infer", "c-3"), (asked.Method, asked.Path, asked.Header("x-correlation-id")));
        Assert.Equal([485f, 4f, 1946f, 0f, 2f, 12.5f, 3f, 485f, 4f, 200f, 1f, 2f, float.NaN, 3f], InferenceStandIn.TensorOf(asked));
    }

    [Fact]
    public async Task Explain_shows_the_features_as_read_with_status_and_age()
    {
        var request = RunningGateway.Request(1946);
        request["entities"]!["origin"] = new JsonArray("BNA");
        request["explain"] = true;

        var (_, body) = await gateway.PostAsync(request);

        Assert.Equal(
            """{"origin_mean_delay_1h":{"value":null,"status":"NOT_FOUND"},"route_backlog_1d":{"value":3,"status":"STALE","age_seconds":90000}}""",
            body["predictions"]![0]!["features"]!.ToJsonString());
    }

    [Fact]
    public async Task Given_prediction_ids_are_kept_and_the_label_follows_the_threshold()
    {
        var request = RunningGateway.Request(4999, 5000);
        request["prediction_ids"] = new JsonArray("a.1", "b_2");

        var (_, body) = await gateway.PostAsync(request);

        Assert.Equal(
            [("a.1", 0.4999f, "on_time"), ("b_2", 0.5f, "late")],
            body["predictions"]!.AsArray().Select(row => ((string)row!["prediction_id"]!, (float)row["output"]!["probability"]!, (string)row["label"]!)));
    }

    [Fact]
    public async Task A_version_in_the_query_is_asked_for_and_no_alias_is_claimed()
    {
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946), $"{RunningGateway.Predict}?version=2");

        Assert.Equal("/v2/models/flight-delay/versions/2/infer", Assert.Single(gateway.Inference.Requests).Path);
        Assert.Equal("""{"name":"flight-delay","version":"2","arm":"stable"}""", body["model"]!.ToJsonString());
    }

    [Fact]
    public async Task As_many_rows_as_allowed_are_answered_in_one_call_and_one_more_is_refused()
    {
        var (response, body) = await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Range(0, 1000).Select(i => (double)i)]));
        var (tooMany, problem) = await gateway.PostAsync(RunningGateway.Request(new double[1001]));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i / 10_000f), body["predictions"]!.AsArray().Select(row => (float)row!["output"]!["probability"]!));
        Assert.Single(gateway.Inference.Requests);
        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);
        Assert.Equal("has 1001 rows; at most 1000 are allowed", (string)problem["errors"]![0]!["message"]!);
    }

    [Fact]
    public async Task Every_row_has_its_audit_record_before_the_answer()
    {
        await gateway.PostAsync(RunningGateway.Request(1));
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946, 200), headers: ("x-correlation-id", "c-4"));

        var records = await gateway.AuditAsync();
        Assert.Equal(3, records.Length);
        Assert.Equal(3, (int)body["audit"]!["index"]!);
        var timestamp = (string)JsonNode.Parse(records[1])!["timestamp"]!;
        var span = (string?)JsonNode.Parse(records[1])!["span_id"];
        Assert.Matches("^[0-9a-f]{16}$", span);
        var stages = JsonNode.Parse(records[1])!["stages_ms"]!.AsObject();
        Assert.Equal(["route", "features.fetch", "preprocess", "infer", "postprocess"], stages.Select(stage => stage.Key));
        Assert.All(stages, stage => Assert.InRange((double)stage.Value!, 0, 60_000));
        float[] modelInput = [(8 * 60) + 5, 4, 1946, 0, 2, 12.5f, 3]; // 8:05, a Thursday, the distance, ATL and LAX in the vocabulary, the two features
        var input = Convert.ToBase64String(MemoryMarshal.AsBytes<float>(modelInput));
        Assert.Equal(
            $$$"""{"schema":1,"event":"prediction_audit","timestamp":"{{{timestamp}}}","prediction_id":"{{{(string)body["predictions"]![0]!["prediction_id"]!}}}","correlation_id":"c-4","trace_id":"{{{(string)body["trace_id"]!}}}","span_id":"{{{span}}}","caller":"anonymous","model":"flight-delay","model_version":"3","model_digest":"sha256:3","alias":"champion","arm":"stable","fallback_for":null,"feature_service":"flight_delay","feature_service_version":7,"stale_share":0.5,"entities":{"origin":"ATL","destination":"LAX"},"inputs":{"distance_miles":1946,"departure":"2001-03-01T08:05:00-05:00"},"input_features":{"origin_mean_delay_1h":{"value":12.5,"status":"PRESENT","age_seconds":240},"route_backlog_1d":{"value":3,"status":"STALE","age_seconds":90000}},"model_input":"{{{input}}}","prediction":{"probability":0.1946,"label":"on_time"},"batch":null,"stages_ms":{{{stages.ToJsonString()}}}}""",
            records[1]);
        Assert.Equal((string)body["predictions"]![1]!["prediction_id"]!, (string)JsonNode.Parse(records[2])!["prediction_id"]!);
    }

    [Fact]
    public async Task The_record_of_a_row_says_the_batch_that_it_rode_in_and_where()
    {
        var answer = gateway.Inference.Answer;
        gateway.Inference.Answer = (request, response) =>
        {
            response.Headers["model-batch"] = "0193a5f0c6b87d3e9a1b2c3d4e5f6071; first-row=5; rows=9; requests=3";
            return answer(request, response);
        };

        await gateway.PostAsync(RunningGateway.Request(1, 2));

        Assert.Equal(
            [5, 6],
            (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!["batch"]!).Select(batch =>
            {
                Assert.Equal(("0193a5f0c6b87d3e9a1b2c3d4e5f6071", 9, 3), ((string)batch["id"]!, (int)batch["rows"]!, (int)batch["requests"]!));
                return (int)batch["position"]!;
            }));
    }

    [Fact]
    public async Task Every_row_and_every_failure_is_an_event_on_the_stream()
    {
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(6000, 200), headers: ("x-correlation-id", "c-5"));
        gateway.Inference.Answer = (_, response) => Task.FromResult(response.StatusCode = 500);
        await gateway.PostAsync(RunningGateway.Request(1), headers: ("x-correlation-id", "c-6"));

        var events = await gateway.EventsAsync(3);
        Assert.Equal(3, events.Length);
        var first = events[0].AsObject();
        Assert.True((double)first["latency_ms"]! > 0);
        first.Remove("latency_ms");
        first.Remove("time");
        Assert.Equal(
            $$$"""{"prediction_id":"{{{(string)body["predictions"]![0]!["prediction_id"]!}}}","model":"flight-delay","version":"3","arm":"stable","status":"ok","event_time":"2001-03-01T08:05:00-05:00","probability":0.6000000238418579,"label":"late","positive_label":"late","entities":{"origin":"ATL","destination":"LAX"},"features_missing":0,"correlation_id":"c-5","trace_id":"{{{(string)body["trace_id"]!}}}"}""",
            first.ToJsonString());
        Assert.Equal(("internal", "c-6", null), ((string)events[2]["status"]!, (string)events[2]["correlation_id"]!, (string?)events[2]["prediction_id"]));
    }
}
