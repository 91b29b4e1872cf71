using System.Text;
using System.Text.Json.Nodes;
using MlAspire.ServiceDefaults.Access;
using MlAspire.Testing;
using MlAspire.Testing.OpenApi;

namespace MlAspire.Telemetry.Tests;

/// <summary>What a service's OpenAPI document says is what the service does: every route is in it, and real answers, good and bad, fit it.</summary>
public sealed class ApiDocumentTests : IAsyncLifetime
{
    private const string Flight = """{"entities": {"origin": ["ATL"], "destination": ["LGA"]}, "inputs": {"distance_miles": [761], "departure": ["2001-02-24T14:30:00-05:00"]}, "explain": true}""";

    private readonly DirectoryInfo witness = Directory.CreateTempSubdirectory("mlaspire-witness-");
    private RunningServices services = null!;

    public async ValueTask InitializeAsync()
    {
        services = await RunningServices.StartAsync(settings: $"--Witness:Directory={witness.FullName}");
        services.Watch();
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        witness.Delete(recursive: true);
    }

    public static TheoryData<string> Documented => [RunningServices.Gateway, RunningServices.FeatureStore, RunningServices.Monitoring];

    [Theory]
    [MemberData(nameof(Documented))]
    public async Task A_document_has_every_route_its_key_its_errors_and_its_origin(string service)
    {
        var host = services.HostOf(service);

        var document = await ServiceDocument.OfAsync(host.Client);

        document.AssertHasEveryRoute(host.Services);
        Assert.Equal("/", (string?)document.Json["servers"]![0]!["url"]);
        Assert.Equal(service == RunningServices.Monitoring ? ["api_key", "bearer", "password"] : ["api_key", "bearer"], document.Json["components"]!["securitySchemes"]!.AsObject().Select(scheme => scheme.Key).Order());
        Assert.Equal(await host.Client.GetStringAsync("/openapi.json"), await host.Client.GetStringAsync("/openapi.json"));
    }

    [Theory]
    [InlineData(RunningServices.Gateway, "Gateway")]
    [InlineData(RunningServices.FeatureStore, "FeatureStore")]
    [InlineData(RunningServices.Inference, "Inference.Api")]
    [InlineData(RunningServices.Monitoring, "Monitoring")]
    public async Task The_door_says_what_the_service_is_and_its_links_lead_somewhere(string service, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await services.HostOf(service).Client.SendAsync(request);

        var index = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal((name, "1.0.0"), ((string?)index["service"], (string?)index["version"]));
        var links = index["links"]!.AsObject().ToDictionary(link => link.Key, link => (string)link.Value!);
        Assert.Equal(["openapi", "health", "metrics", "docs"], links.Keys);
        Assert.True(File.Exists(Path.Combine(Checkout.Root, links["docs"])), links["docs"]);
        foreach (var path in links.Where(link => link.Key != "docs").Select(link => link.Value))
        {
            using var linked = await services.HostOf(service).Client.GetAsync(path);
            Assert.True(linked.IsSuccessStatusCode, $"{path}: {linked.StatusCode}");
        }
    }

    [Fact]
    public async Task The_gateways_answers_are_as_its_document_says()
    {
        var asked = await AskedAsync(RunningServices.Gateway);
        var answer = await asked.PostAsync("/v1/models/{name}/predict", "/v1/models/flight-delay/predict", Flight);
        var id = (string)answer!["predictions"]![0]!["prediction_id"]!;
        await asked.PostAsync("/v1/models/{name}/predict", "/v1/models/flight-delay/predict", "{}", 400);
        await asked.PostAsync("/v1/models/{name}/predict", "/v1/models/nothing/predict", Flight, 404);
        await asked.GetAsync("/v1/models");
        await asked.GetAsync("/v1/predictions/{id}", $"/v1/predictions/{id}");
        await asked.GetAsync("/v1/predictions/{id}", "/v1/predictions/nothing", 404);
        await asked.GetAsync("/v1/predictions/{id}/lineage", $"/v1/predictions/{id}/lineage");
        await asked.PostAsync("/v1/predictions/{id}/replay", $"/v1/predictions/{id}/replay");
        foreach (var path in (string[])["/v1/audit/checkpoint", "/v1/audit/key", "/v1/audit/records", "/v1/audit/export", "/v1/audit/state"])
        {
            await asked.GetAsync(path);
        }

        await asked.GetAsync("/v1/audit/records", "/v1/audit/records?limit=0&at=now", 400);
        await asked.GetAsync("/v1/audit/records/{index}", "/v1/audit/records/0");
        await asked.GetAsync("/v1/audit/records/{index}", "/v1/audit/records/999999", 404);
        await asked.PostAsync("/v1/audit/events", "/v1/audit/events", """{"event":"alert_cleared","name":"none"}""");
        await asked.PostAsync("/v1/audit/events", "/v1/audit/events", """{"event":"nothing","name":"none"}""", 400);
        await asked.GetAsync("/v1/audit/consistency", "/v1/audit/consistency?from=1&to=1");
        await asked.SendAsync(HttpMethod.Delete, "/v1/subjects/{id}", "/v1/subjects/passenger:4711", status: 404);
        await SetRoutesAsync(asked);
        await SetVerboseRulesAsync(asked);
        await AskV2Async(asked);
        await asked.OperationsAsync();
        asked.Document.AssertAllAnswered();
    }

    [Fact]
    public async Task Feature_stores_answers_are_as_its_document_says()
    {
        const string Rows = """{"event_time": ["2001-02-24T14:30:00-05:00"], "origin": ["ATL"], "destination": ["LGA"]}""";
        const string Read = """{"feature_service": "flight_delay", "entities": {"origin": ["ATL"], "destination": ["LGA"]}}""";
        var asked = await AskedAsync(RunningServices.FeatureStore);
        await asked.PostAsync("/push", body: $$"""{"push_source_name": "departures", "df": {{Rows}}, "producer": "docs", "offset": 0}""");
        await asked.PostAsync("/push", body: $$"""{"push_source_name": "departures", "df": {}, "producer": "docs", "offset": 1}""", status: 400);
        await asked.PostAsync("/push", body: $$"""{"push_source_name": "nothing", "df": {{Rows}}}""", status: 422);
        await asked.GetAsync("/v1/producers/{producer}", "/v1/producers/docs");
        await asked.PostAsync("/v1/features/online", body: Read);
        await asked.PostAsync("/v1/features/online", body: """{"feature_service": "nothing", "entities": {}}""", status: 404);
        await asked.PostAsync("/get-online-features", body: Read[..^1] + ""","full_feature_names": true}""");
        await asked.PostAsync("/get-online-features", body: Read, status: 500);
        await asked.PostAsync("/get-online-features", body: """{"feature_service": "nothing", "entities": {}}""", status: 404);
        await asked.PostAsync("/write-to-online-store", body: "{}", status: 422);
        await asked.PostAsync("/materialize", body: """{"disable_event_timestamp": true, "feature_views": []}""");
        await asked.PostAsync("/materialize-incremental", body: "{}", status: 422);
        foreach (var path in (string[])["/v1/registry", "/v1/registry/status", "/v1/registry/lineage", "/v1/quarantine", "/health"])
        {
            await asked.GetAsync(path);
        }

        await asked.GetAsync("/v1/registry/{kind}", "/v1/registry/feature_views");
        await asked.GetAsync("/v1/registry/{kind}", "/v1/registry/nothing", 404);
        await asked.GetAsync("/v1/registry/{kind}/{name}", "/v1/registry/feature_services/flight_delay?version=1");
        await asked.GetAsync("/v1/registry/feature_views/{name}/statistics", "/v1/registry/feature_views/route_outcomes/statistics");
        await asked.GetAsync("/v1/registry/feature_services/{name}/statistics", "/v1/registry/feature_services/flight_delay/statistics");
        await asked.GetAsync("/v1/quarantine", "/v1/quarantine?limit=0", 400);
        await asked.SendAsync(HttpMethod.Delete, "/v1/quarantine", "/v1/quarantine", status: 204);
        await asked.PostAsync("/telemetry/keep", body: """{"traces": []}""", status: 204);
        await asked.OperationsAsync();
        asked.Document.AssertAllAnswered();
    }

    [Fact]
    public async Task Monitorings_answers_are_as_its_document_says()
    {
        var asked = await AskedAsync(RunningServices.Monitoring);
        await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict?version=1", JsonNode.Parse(Flight)); // by name, so that the fallback does not answer
        await Eventually.TrueAsync("the prediction to be known", async () => (await services.HostOf(RunningServices.Monitoring).Client.GetAsync("/v1/models/flight-delay/summary")).IsSuccessStatusCode);
        await asked.GetAsync("/v1/models/{name}/summary", "/v1/models/flight-delay/summary");
        await asked.GetAsync("/v1/models/{name}/summary", "/v1/models/nothing/summary", 404);
        await asked.PostAsync("/v1/feedback", body: """{"labels": [{"prediction_id": "p", "positive": true}]}""");
        await asked.PostAsync("/v1/feedback", body: """{"labels": [null]}""", status: 400);
        await asked.PostAsync("/v1/feedback", body: "no JSON", status: 400);
        await asked.GetAsync("/v1/models/{name}/failures/segments", "/v1/models/flight-delay/failures/segments");
        await asked.GetAsync("/v1/models/{name}/failures/segments", "/v1/models/flight-delay/failures/segments?from=yesterday", 400);
        await asked.GetAsync("/v1/incidents/bundle");
        await asked.GetAsync("/v1/incidents/bundle", "/v1/incidents/bundle?to=now", 400);
        await asked.GetAsync("/v1/logs", "/v1/logs?event=request_completed&limit=2");
        await asked.GetAsync("/v1/logs", "/v1/logs?limit=0", 400);
        foreach (var path in (string[])["/v1/log-rules", "/v1/rollouts", "/v1/system-health", "/logs", "/failures"])
        {
            await asked.GetAsync(path);
        }

        await asked.SendAsync(HttpMethod.Post, "/failures", "/failures", new FormUrlEncodedContent([new("model", "flight-delay")]));
        await asked.GetAsync("/v1/witness/key");
        await asked.GetAsync("/v1/witness/checkpoint", "/v1/witness/checkpoint?origin=nothing", 404);
        await asked.SendAsync(HttpMethod.Post, "/v1/witness/add-checkpoint", "/v1/witness/add-checkpoint", new StringContent("no checkpoint"), 400);
        await asked.OperationsAsync();
        asked.Document.AssertAllAnswered();
    }

    private static async Task SetRoutesAsync(Asked asked)
    {
        const string Route = "/v1/models/{name}/route";
        const string Path = "/v1/models/flight-delay/route";
        await asked.SendAsync(HttpMethod.Put, Route, Path, Json("""{"aliases": {"champion": "1"}, "canary": {"version": "1", "weight": 0.1}}"""));
        await asked.SendAsync(HttpMethod.Put, Route, Path, Json("""{"canary": {"version": "x", "weight": 2}}"""), 400);
        await asked.GetAsync(Route, Path);
        await asked.GetAsync(Route, Path + "?at=never", 400);
        await asked.PostAsync(Route + "/pause", Path + "/pause", """{"reason": "to see"}""");
        await asked.PostAsync(Route + "/resume", Path + "/resume");
        await asked.PostAsync(Route + "/promote", Path + "/promote");
        await asked.PostAsync(Route + "/roll-back", Path + "/roll-back");
        await asked.PostAsync(Route + "/roll-back", Path + "/roll-back", status: 400);
        await asked.GetAsync(Route + "/history", Path + "/history?limit=10");
    }

    private static async Task SetVerboseRulesAsync(Asked asked)
    {
        const string Rules = "/v1/telemetry/verbose-rules";
        await asked.SendAsync(HttpMethod.Put, Rules + "/{name}", Rules + "/docs", Json("""{"time_to_live_seconds": 600, "model": "flight-delay"}"""));
        await asked.SendAsync(HttpMethod.Put, Rules + "/{name}", Rules + "/docs", Json("""{"time_to_live_seconds": 0}"""), 400);
        await asked.GetAsync(Rules);
        await asked.SendAsync(HttpMethod.Delete, Rules + "/{name}", Rules + "/docs", status: 204);
        await asked.SendAsync(HttpMethod.Delete, Rules + "/{name}", Rules + "/docs", status: 404);
    }

    private static async Task AskV2Async(Asked asked)
    {
        const string Infer = """{"inputs": []}""";
        await asked.GetAsync("/v2/{rest}", "/v2/models/flight-delay");
        await asked.GetAsync("/v2/{rest}", "/v2/models/nothing", 404);
        await asked.SendAsync(HttpMethod.Head, "/v2/{rest}", "/v2/models/flight-delay", status: 405);
        await asked.PostAsync("/v2/models/{model}/infer", "/v2/models/flight-delay/infer", Infer, 400);
        await asked.PostAsync("/v2/models/{model}/versions/{version}/infer", "/v2/models/flight-delay/versions/1/infer", Infer, 400);
        await asked.PostAsync("/v2/repository/index", body: "{}");
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete])
        {
            await asked.SendAsync(method, "/v2/{rest}", "/v2/nothing", status: 404);
        }
    }

    private async Task<Asked> AskedAsync(string service) => new(services.HostOf(service).Client, await ServiceDocument.OfAsync(services.HostOf(service).Client));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>A service that is asked as the operator.</summary>
    private sealed record Asked(HttpClient Client, ServiceDocument Document)
    {
        public Task<JsonNode?> GetAsync(string route, string? path = null, int status = 200) => SendAsync(HttpMethod.Get, route, path ?? route, status: status);

        public Task<JsonNode?> PostAsync(string route, string? path = null, string? body = null, int status = 200) =>
            SendAsync(HttpMethod.Post, route, path ?? route, body is null ? null : Json(body), status);

        public async Task<JsonNode?> SendAsync(HttpMethod method, string route, string path, HttpContent? content = null, int status = 200)
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            request.Headers.Add(ApiKey.Header, RunningServices.AdminKey);
            return await Document.AssertAnswerAsync(Client, request, route, status);
        }

        /// <summary>What every service has.</summary>
        public async Task OperationsAsync()
        {
            foreach (var path in (string[])["/", "/health/live", "/health/ready", "/health/startup", "/metrics", "/openapi.json"])
            {
                await GetAsync(path);
            }
        }
    }
}
