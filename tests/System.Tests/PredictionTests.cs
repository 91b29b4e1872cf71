using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;

namespace MlAspire.SystemTests;

public sealed class PredictionTests(RunningSystem system)
{
    [Fact]
    public async Task A_real_flight_is_predicted_from_features_that_are_present()
    {
        var (response, body) = await system.PredictAsync(RunningSystem.RealFlight(explain: true));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var prediction = Assert.Single(body["predictions"]!.AsArray())!;
        Assert.InRange((double)prediction["output"]!["probability"]!, 0.0, 1.0);
        Assert.Contains((string)prediction["label"]!, (string[])["late", "on_time"]);
        var features = prediction["features"]!.AsObject();
        Assert.Equal(12, features.Count);
        Assert.All(features, f => Assert.Equal("PRESENT", (string?)f.Value!["status"]));
        Assert.Equal("flight-delay", (string?)body["model"]!["name"]);
        Assert.Equal("1", (string?)body["model"]!["version"]);
    }

    [Fact]
    public async Task One_trace_holds_the_gateway_the_feature_store_and_the_inference()
    {
        var (_, body) = await system.PredictAsync(RunningSystem.RealFlight());

        var spans = await system.Telemetry.TraceAsync((string)body["trace_id"]!, spans =>
            spans.Select(s => s.Service).ToHashSet().IsSupersetOf(["gateway", "feature-store", "inference"]) && spans.All(s => s.Parent is null || spans.Any(p => p.Id == s.Parent)));

        Assert.Single(spans, s => s.Parent is null && s.Service == "gateway");
        Assert.Contains(("feature-store", "gateway"), Edges(spans));
        Assert.Contains(("inference", "gateway"), Edges(spans));
        Assert.Contains(spans, s => s is { Service: "gateway", Name: "features.fetch" });
        Assert.Contains(spans, s => s is { Service: "inference", Name: "session.run" });
    }

    [Fact]
    public async Task The_callers_correlation_id_is_in_the_logs_of_every_service_and_in_the_answer()
    {
        var id = $"system-test-{Guid.NewGuid():N}";

        var (response, body) = await system.PredictAsync(RunningSystem.RealFlight(), id);

        Assert.Equal(id, (string?)body["correlation_id"]);
        Assert.Equal([id], response.Headers.GetValues("x-correlation-id"));
        string[] services = ["gateway", "feature-store", "inference"];
        Assert.Equal(services.ToHashSet(), await system.Telemetry.ServicesThatLoggedAsync("correlation_id", id, services));
    }

    [Fact]
    public async Task One_question_to_monitoring_finds_the_lines_of_all_services_with_one_correlation_id()
    {
        var id = $"system-test-{Guid.NewGuid():N}";
        await system.PredictAsync(RunningSystem.RealFlight(), id);
        using var monitoring = system.App.CreateHttpClient("monitoring", "http");

        await FindAsync(id, ["gateway", "feature-store", "inference"]);
        var job = (await AskAsync("service=flights&event=replay_progress&limit=1"))[0]!;
        await FindAsync((string)job["correlation_id"]!, ["flights", "feature-store", "gateway", "inference"]);

        Task FindAsync(string correlationId, string[] services) => Eventually.TrueAsync($"lines of {string.Join(", ", services)}", async () =>
            (await AskAsync($"correlation_id={correlationId}&limit=10000")).Select(line => (string)line!["service"]!).ToHashSet().IsSupersetOf(services));

        async Task<JsonArray> AskAsync(string question) => JsonNode.Parse(await monitoring.GetStringAsync($"/v1/logs?{question}", TestContext.Current.CancellationToken))!["lines"]!.AsArray();
    }

    [Fact]
    public async Task The_dashboards_command_predicts_one_flight()
    {
        var result = await system.CommandAsync("gateway", "predict");

        Assert.True(result.Success, result.Message);
        Assert.Equal("flight-delay", (string?)JsonNode.Parse(result.Message!)!["model"]!["name"]);
    }

    [Fact]
    public async Task Who_runs_the_system_finds_a_prediction_again_and_replays_it_with_the_key_that_was_made()
    {
        var (_, body) = await system.PredictAsync(RunningSystem.RealFlight());
        var id = (string)body["predictions"]![0]!["prediction_id"]!;
        using var replay = new HttpRequestMessage(HttpMethod.Post, $"/v1/predictions/{id}/replay");
        replay.Headers.Add("x-api-key", system.AdminKey);

        using var answer = await system.Gateway.SendAsync(replay, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True((bool)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["identical"]!);
    }

    [Fact]
    public async Task A_prediction_s_id_leads_in_one_call_to_the_data_that_its_model_was_learnt_from()
    {
        var (_, body) = await system.PredictAsync(RunningSystem.RealFlight());
        using var question = new HttpRequestMessage(HttpMethod.Get, $"/v1/predictions/{(string)body["predictions"]![0]!["prediction_id"]!}/lineage");
        question.Headers.Add("x-api-key", system.AdminKey);

        using var answer = await system.Gateway.SendAsync(question, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var files = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["lineage"]!["data_set"]!["files"]!;
        var flights = Path.Combine(Checkout.Root, "data", "flights-2001h1-top40.csv.gz");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(flights, TestContext.Current.CancellationToken))), (string?)files["flights-2001h1-top40.csv.gz"]);
    }

    [Fact]
    public async Task The_witness_signs_the_log_that_holds_a_prediction_within_seconds()
    {
        var (_, body) = await system.PredictAsync(RunningSystem.RealFlight());
        var size = (long)body["audit"]!["tree_size"]!;
        using var monitoring = system.App.CreateHttpClient("monitoring", "http");

        await Eventually.TrueAsync($"a witnessed checkpoint of {size} records", async () =>
        {
            var note = (await monitoring.GetStringAsync("/v1/witness/checkpoint?origin=mlaspire/gateway", TestContext.Current.CancellationToken)).Split('\n');
            return long.Parse(note[1], CultureInfo.InvariantCulture) >= size && note[4..].Any(line => line.StartsWith("— mlaspire/monitoring ", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task The_v2_protocol_is_reachable_through_the_gateway()
    {
        using var response = await system.Gateway.GetAsync("/v2/models/flight-delay", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var model = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("features", (string?)model["inputs"]![0]!["name"]);
        Assert.Equal("probability", (string?)model["outputs"]![0]!["name"]);
    }

    private static HashSet<(string Child, string Parent)> Edges(IReadOnlyList<Span> spans) =>
        [.. from child in spans join parent in spans on child.Parent equals parent.Id where child.Service != parent.Service select (child.Service, parent.Service)];
}
