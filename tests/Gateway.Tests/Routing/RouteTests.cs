using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Routing;

public sealed class RouteTests : IAsyncLifetime
{
    private const string Route = "/v1/models/flight-delay/route";
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings = [("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task An_alias_leads_to_its_version_and_champion_is_what_answers_without_one()
    {
        await SetAsync("""{"aliases":{"champion":"1","challenger":"2"}}""");

        Assert.Equal("""{"name":"flight-delay","version":"1","alias":"champion","arm":"stable"}""", await ModelAsync());
        Assert.Equal("""{"name":"flight-delay","version":"2","alias":"challenger","arm":"stable"}""", await ModelAsync("?version=challenger"));
        Assert.Equal("""{"name":"flight-delay","version":"3","arm":"stable"}""", await ModelAsync("?version=3"));
    }

    [Fact]
    public async Task The_log_has_the_alias_and_the_version_it_led_to_also_after_it_moved()
    {
        await SetAsync("""{"aliases":{"champion":"1","challenger":"2"}}""");
        await ModelAsync("?version=challenger");
        await SetAsync("""{"aliases":{"champion":"1","challenger":"3"}}""");
        await ModelAsync("?version=challenger");

        var lines = await Eventually.ValueAsync("the lines of both requests", () => Task.FromResult(gateway.Host.Logs.Named("request_completed").Where(line => line.Fields.ContainsKey("model_alias")).ToList() is { Count: 2 } both ? both : null));
        Assert.Equal([("flight-delay", "challenger", "2"), ("flight-delay", "challenger", "3")], lines.Select(line => ((string)line.Fields["model"]!, (string)line.Fields["model_alias"]!, (string)line.Fields["model_version"]!)));
    }

    [Fact]
    public async Task A_canary_answers_its_share_sticks_to_entities_and_does_not_touch_named_versions()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""");
        string[] airports = ["ATL", "BNA", "LAX"];

        var first = await ArmsAsync(airports);
        var again = await ArmsAsync(airports);
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"3","weight":1}}""");
        var all = await ArmsAsync(airports);
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0}}""");
        var none = await ArmsAsync(airports);

        Assert.Equal(first, again);
        Assert.Equal(["canary 3", "stable 1"], first.Distinct().Order());
        Assert.All(all, arm => Assert.Equal("canary 3", arm));
        Assert.All(none, arm => Assert.Equal("stable 1", arm));
        Assert.Equal("""{"name":"flight-delay","version":"1","alias":"champion","arm":"stable"}""", await ModelAsync("?version=champion"));
    }

    [Fact]
    public async Task A_canary_of_a_model_without_entities_answers_its_share_of_the_ids()
    {
        gateway.WriteModel("request-only", FlightPipeline.NoEntitiesJson);
        gateway.Inference.Answer = (asked, response) => asked.Path.EndsWith("/ready", StringComparison.Ordinal)
            ? Task.CompletedTask
            : InferenceStandIn.WriteAsync(response, asked.Path.Split('/')[5], [0.75f]);
        await Eventually.TrueAsync("the model to be there", async () =>
            (await SendAsync(HttpMethod.Put, "/v1/models/request-only/route", """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""")).Response.StatusCode == HttpStatusCode.OK);
        var request = RunningGateway.Request(1946);
        request.Remove("entities");

        var arms = new List<string>();
        for (var i = 0; i < 64; i++) // all on one side: once in 2^63 runs
        {
            arms.Add((string)(await gateway.PostAsync(request, "/v1/models/request-only/predict", ("x-correlation-id", $"id-{i / 2}"))).Body["model"]!["arm"]!);
        }

        Assert.Equal(["canary", "stable"], arms.Distinct().Order());
        Assert.All(arms.Chunk(2), pair => Assert.Equal(pair[0], pair[1]));
    }

    [Fact]
    public async Task Promote_makes_the_canary_champion_and_roll_back_removes_it()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5},"shadow":"3"}""");
        Assert.Equal("""{"aliases":{"champion":"3"},"canary":null,"shadow":null}""", (await SendAsync(HttpMethod.Post, $"{Route}/promote")).Body.ToJsonString());

        await SetAsync("""{"aliases":{"champion":"3"},"canary":{"version":"2","weight":0.5}}""");
        Assert.Equal("""{"aliases":{"champion":"3"},"canary":null,"shadow":null}""", (await SendAsync(HttpMethod.Post, $"{Route}/roll-back")).Body.ToJsonString());

        var (response, body) = await SendAsync(HttpMethod.Post, $"{Route}/roll-back");
        Assert.Equal((HttpStatusCode.BadRequest, "canary"), (response.StatusCode, (string)body["errors"]![0]!["field"]!));
    }

    [Fact]
    public async Task A_roll_back_after_a_promotion_gives_the_champion_of_before_also_after_a_restart()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""");
        await SendAsync(HttpMethod.Post, $"{Route}/promote");
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        Assert.Equal("""{"aliases":{"champion":"1"},"canary":null,"shadow":null}""", (await SendAsync(HttpMethod.Post, $"{Route}/roll-back")).Body.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, $"{Route}/roll-back")).Response.StatusCode);
    }

    [Fact]
    public async Task A_paused_canary_answers_nothing_and_resumed_the_same_share_also_after_a_restart()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":1}}""");
        var paused = await SendAsync(HttpMethod.Post, $"{Route}/pause");
        var (_, stable) = await gateway.PostAsync(RunningGateway.Request(1));
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);
        var (_, still) = await gateway.PostAsync(RunningGateway.Request(1));
        var resumed = await SendAsync(HttpMethod.Post, $"{Route}/resume");
        var (_, canary) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal("""{"version":"2","weight":1,"paused":true}""", paused.Body["canary"]!.ToJsonString());
        Assert.Equal("""{"version":"2","weight":1}""", resumed.Body["canary"]!.ToJsonString());
        Assert.Equal(["stable", "stable", "canary"], new[] { stable, still, canary }.Select(body => (string?)body["model"]!["arm"]));
    }

    [Fact]
    public async Task Every_change_is_an_audit_record_with_its_actor_and_the_plans_are_back_after_a_restart()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.25}}""");
        await gateway.PostAsync(RunningGateway.Request(1));
        await SendAsync(HttpMethod.Post, $"{Route}/promote");
        var before = (await SendAsync(HttpMethod.Get, Route)).Body.ToJsonString();

        await gateway.StopHostAsync();
        var records = (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).ToArray();
        await gateway.StartHostAsync(Settings);

        Assert.Equal(
            [("route_changed", "operator", "set"), ("prediction_audit", null, null), ("route_changed", "operator", "promote")],
            records.Select(record => ((string)record["event"]!, (string?)record["actor"], (string?)record["action"])));
        Assert.Equal("""{"aliases":{"champion":"2"},"canary":null,"shadow":null,"in_progress":{}}""", before);
        Assert.Equal(before, (await SendAsync(HttpMethod.Get, Route)).Body.ToJsonString());
    }

    [Fact]
    public async Task Why_a_canary_ended_is_in_the_record_and_a_change_that_is_not_the_newest_is_not_made()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.25,"automatic":true}}""");
        var set = (string)Assert.Single(await ChangesAsync())["timestamp"]!;
        await SendAsync(HttpMethod.Post, $"{Route}/pause", $$"""{"reason":"to look","evidence":{"errors":[1,2]},"since":"{{set}}"}""");

        var (late, body) = await SendAsync(HttpMethod.Post, $"{Route}/promote", $$"""{"since":"{{set}}"}""");
        var (tooLong, problem) = await SendAsync(HttpMethod.Post, $"{Route}/promote", $$"""{"reason":"{{new string('x', 501)}}","evidence":"{{new string('x', 4_095)}}"}""");

        Assert.Equal((HttpStatusCode.Conflict, "since"), (late.StatusCode, (string)body["errors"]![0]!["field"]!));
        Assert.Equal((HttpStatusCode.BadRequest, "reason evidence"), (tooLong.StatusCode, string.Join(' ', problem["errors"]!.AsArray().Select(error => (string)error!["field"]!))));
        var paused = (await ChangesAsync())[^1];
        Assert.Equal(("pause", "to look", """{"errors":[1,2]}"""), ((string)paused["action"]!, (string)paused["reason"]!, paused["evidence"]!.ToJsonString()));
        Assert.Equal("""{"version":"2","weight":0.25,"paused":true,"automatic":true}""", paused["plan"]!["canary"]!.ToJsonString());

        async Task<JsonNode[]> ChangesAsync() => [.. (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!)];
    }

    [Fact]
    public async Task What_a_split_assigned_says_its_place_and_a_failure_of_the_canary_its_version_and_a_named_version_neither()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":1}}""");
        await gateway.PostAsync(RunningGateway.Request(1, 2));
        await gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version=1");
        gateway.Inference.Answer = (_, response) => Task.FromResult(response.StatusCode = 500);
        await gateway.PostAsync(RunningGateway.Request(1));

        var events = await gateway.EventsAsync(4);

        var place = (double)events[0]["place"]!;
        Assert.InRange(place, 0, 1);
        Assert.Equal(
            [("canary", "2", "ok", place, null), ("canary", "2", "ok", place, 1), ("stable", "1", "ok", null, null), ("canary", "2", "internal", place, null)],
            events.Select(each => ((string)each["arm"]!, (string)each["version"]!, (string)each["status"]!, (double?)each["place"], (int?)each["row"])));
    }

    [Theory]
    [InlineData(0, "2", 0.75)]
    [InlineData(1, "1", 0.25)]
    public async Task Beside_a_canary_its_shadow_is_the_version_that_did_not_answer(int weight, string shadow, double says)
    {
        await SetAsync($$"""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":{{weight}}},"shadow":"2"}""");

        await gateway.PostAsync(RunningGateway.Request(2500));

        var compared = (await gateway.EventsAsync(2))[1];
        Assert.Equal(("shadow", shadow, says, 1 - says), ((string)compared["arm"]!, (string)compared["version"]!, (double)compared["probability"]!, (double)compared["answered_probability"]!));
    }

    [Fact]
    public async Task The_plan_of_a_moment_is_read_from_the_log_also_after_a_restart()
    {
        await SetAsync("""{"aliases":{"champion":"1"}}""");
        await SetAsync("""{"aliases":{"champion":"2"}}""");
        var times = (await gateway.AuditAsync()).Select(record => (string)JsonNode.Parse(record)!["timestamp"]!).ToArray();
        await gateway.StopHostAsync();
        await gateway.StartHostAsync([.. Settings, ("Access:Keys:operator:Scopes", "predict,admin,audit.read")]);

        Assert.Equal("""{"aliases":{},"canary":null,"shadow":null}""", await AtAsync("2001-01-01T00:00:00Z"));
        Assert.Equal("""{"aliases":{"champion":"1"},"canary":null,"shadow":null}""", await AtAsync(times[0]));
        Assert.Equal("""{"aliases":{"champion":"2"},"canary":null,"shadow":null}""", await AtAsync(times[1]));
        Assert.Equal([("set", "1"), ("set", "2")], (await SendAsync(HttpMethod.Get, $"{Route}/history")).Body.AsArray().Select(change => ((string)change!["action"]!, (string)change["plan"]!["aliases"]!["champion"]!)));
        Assert.Equal("2", (string)Assert.Single((await SendAsync(HttpMethod.Get, $"{Route}/history?limit=1")).Body.AsArray())!["plan"]!["aliases"]!["champion"]!);
        Assert.Equal(("at", "limit"), ((string)(await SendAsync(HttpMethod.Get, $"{Route}?at=noon")).Body["errors"]![0]!["field"]!, (string)(await SendAsync(HttpMethod.Get, $"{Route}/history?limit=0")).Body["errors"]![0]!["field"]!));

        async Task<string> AtAsync(string time) => (await SendAsync(HttpMethod.Get, $"{Route}?at={Uri.EscapeDataString(time)}")).Body.ToJsonString();
    }

    [Fact]
    public async Task A_shadow_is_asked_after_the_answer_and_compared_on_the_stream()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"shadow":"2"}""");

        var (_, body) = await gateway.PostAsync(RunningGateway.Request(2500));

        Assert.Equal(0.25f, (float)body["predictions"]![0]!["output"]!["probability"]!);
        var events = await gateway.EventsAsync(2);
        Assert.Equal(("stable", "1", null), ((string)events[0]["arm"]!, (string)events[0]["version"]!, (double?)events[0]["answered_probability"]));
        Assert.Equal(
            ("shadow", "2", 0.75, "late", 0.25, "on_time", (string)events[0]["prediction_id"]!),
            ((string)events[1]["arm"]!, (string)events[1]["version"]!, (double)events[1]["probability"]!, (string)events[1]["label"]!, (double)events[1]["answered_probability"]!,
                (string)events[1]["answered_label"]!, (string)events[1]["prediction_id"]!));
        Assert.Single(await gateway.AuditAsync(), record => record.Contains("prediction_audit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shadow_that_hangs_or_fails_delays_and_fails_nobody()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"shadow":"2"}""");
        var go = new TaskCompletionSource();
        gateway.Inference.Answer = async (asked, response) =>
        {
            if (asked.Path.Contains("/versions/2/", StringComparison.Ordinal))
            {
                await go.Task;
                response.StatusCode = 500;
                return;
            }

            await InferenceStandIn.AnswerAsync(asked, response);
        };

        for (var i = 0; i < 3; i++)
        {
            var (response, _) = await gateway.PostAsync(RunningGateway.Request(1)).WithinAsync("an answer while the shadow hangs");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        go.SetResult();
        Assert.Equal(["internal:shadow", "internal:shadow", "internal:shadow", "ok:stable", "ok:stable", "ok:stable"], (await gateway.EventsAsync(6)).Select(each => $"{each["status"]}:{each["arm"]}").Order());
    }

    [Fact]
    public async Task A_shadow_that_answers_no_number_or_dies_in_its_answer_is_an_event_with_its_error_and_the_next_one_is_compared()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"shadow":"2"}""");
        await WithShadowAsync(response => InferenceStandIn.WriteAsync(response, "2", [float.NaN]));
        await WithShadowAsync(StandIn.DieInAnswerAsync);
        await WithShadowAsync(response => InferenceStandIn.WriteAsync(response, "2", [0.75f]));

        var shadows = (await gateway.EventsAsync(6)).Where(each => (string?)each["arm"] == "shadow");
        Assert.Equal(["internal", "unavailable", "ok"], shadows.Select(each => (string)each["status"]!));
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        async Task WithShadowAsync(Func<HttpResponse, Task> answer)
        {
            gateway.Inference.Answer = (asked, response) => asked.Path.Contains("/versions/2/", StringComparison.Ordinal) ? answer(response) : InferenceStandIn.AnswerAsync(asked, response);
            var before = (await gateway.EventsAsync(0)).Length;
            Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(RunningGateway.Request(1))).Response.StatusCode);
            await gateway.EventsAsync(before + 2);
        }
    }

    [Theory]
    [InlineData("""{"aliases":{"champion":"x"}}""", "aliases.champion")]
    [InlineData("""{"aliases":{"champion":null}}""", "aliases.champion")]
    [InlineData("""{"aliases":{"Champion":"1"}}""", "aliases.Champion")]
    [InlineData("""{"canary":{"version":"2","weight":0.5}}""", "aliases.champion")]
    [InlineData("""{"shadow":"2"}""", "aliases.champion")]
    [InlineData("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":1.01}}""", "canary.weight")]
    [InlineData("""{"aliases":{"champion":"1"},"canary":{"version":"2"}}""", "canary.weight")]
    [InlineData("""{"aliases":{"champion":"9"},"shadow":"8"}""", "aliases.champion shadow")]
    [InlineData("""{"alias":{}}""", "alias")]
    [InlineData("""{"aliases":""", "aliases")]
    public async Task A_plan_that_cannot_hold_is_refused_with_its_fields_and_nothing_changes(string plan, string fields)
    {
        var (response, body) = await SendAsync(HttpMethod.Put, Route, plan);

        Assert.Equal((HttpStatusCode.BadRequest, fields), (response.StatusCode, string.Join(' ', body["errors"]!.AsArray().Select(error => (string)error!["field"]!))));
        Assert.Equal("""{"aliases":{},"canary":null,"shadow":null,"in_progress":{}}""", (await SendAsync(HttpMethod.Get, Route)).Body.ToJsonString());
        Assert.Empty(await gateway.AuditAsync());
    }

    [Fact]
    public async Task Changing_a_route_needs_admin_and_a_model_that_exists()
    {
        using var content = new StringContent("{}");
        using var anonymous = await gateway.Client.PutAsync(Route, content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Put, "/v1/models/nobody/route", "{}")).Response.StatusCode);
    }

    [Fact]
    public async Task A_champion_that_is_no_longer_loaded_is_503_and_not_the_callers_fault()
    {
        await SetAsync("""{"aliases":{"champion":"1"}}""");
        gateway.Inference.Answer = (_, response) => Task.FromResult(response.StatusCode = 404);

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not_ready"), (response.StatusCode, (string)body["code"]!));
    }

    private async Task SetAsync(string plan) => Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, Route, plan)).Response.StatusCode);

    private async Task<string> ModelAsync(string query = "") => (await gateway.PostAsync(RunningGateway.Request(1), RunningGateway.Predict + query)).Body["model"]!.ToJsonString();

    private async Task<List<string>> ArmsAsync(string[] airports)
    {
        var arms = new List<string>();
        foreach (var (origin, destination) in airports.SelectMany(origin => airports.Select(destination => (origin, destination))))
        {
            var request = RunningGateway.Request(1);
            request["entities"] = new JsonObject { ["origin"] = new JsonArray(origin), ["destination"] = new JsonArray(destination) };
            var (_, body) = await gateway.PostAsync(request);
            arms.Add($"{body["model"]!["arm"]} {body["model"]!["version"]}");
        }

        return arms;
    }

    private async Task<(HttpResponseMessage Response, JsonNode Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var message = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        message.Headers.Add("x-api-key", Key);
        var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response, await RunningGateway.BodyOfAsync(response));
    }
}
