using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Inference.Api.Models;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;
using static MlAspire.Inference.Api.Tests.Models.Residency.AdderModel;

namespace MlAspire.Inference.Api.Tests.Models.Residency;

public sealed class ResidencyTests
{
    private static readonly OnnxModel NoModel = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Node("NoSuchOperator", ["x"], ["y"]); // readable, but no model to run

    [Fact]
    public async Task The_one_used_longest_ago_goes_and_comes_back_once_for_all_who_ask()
    {
        await using var server = await StartAsync(2, "a", "b", "c");
        await InferAsync(server, "a");
        await InferAsync(server, "b");
        await InferAsync(server, "a");
        await InferAsync(server, "c"); // b goes
        using var metrics = Record(server);
        await InferAsync(server, "a");
        Assert.Empty(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => InferAsync(server, "b")));

        Assert.Single(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration));
        Assert.Equal((2, 2 * Cost(Plus(0))), Resident(metrics));
    }

    [Fact]
    public async Task What_is_in_use_stays_and_who_needs_its_room_is_told_after_a_while()
    {
        await using var server = await StartAsync(1, "a", "b");
        var lease = server.Services.GetRequiredService<ModelTable>().Acquire("a", null);
        await lease.EnterAsync(CancellationToken.None);

        var (status, body) = await server.PostAsync("/v2/models/b/infer", Request);

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Json.Equal($$"""{"error":"no room in memory for model 'b': it needs {{Cost(Plus(0))}} bytes, and of the budget of {{Cost(Plus(0))}} bytes too much is in use","code":"overloaded"}""", body);
        Assert.Equal(LogLevel.Warning, server.Logs.Named("low_memory").First().Level);
        lease.Dispose();
        await InferAsync(server, "b");
    }

    [Fact]
    public async Task A_waiting_request_goes_on_as_soon_as_there_is_room()
    {
        await using var server = await StartAsync(1, "a", "b");
        var lease = server.Services.GetRequiredService<ModelTable>().Acquire("a", null);
        await lease.EnterAsync(CancellationToken.None);
        var warnings = server.Logs.Named("low_memory").Count();

        using var gone = new CancellationTokenSource();
        var other = server.Services.GetRequiredService<ModelTable>().Acquire("b", null);
        var leaves = other.EnterAsync(gone.Token).AsTask();
        var stays = InferAsync(server, "b");
        await Eventually.TrueAsync("b to wait for room", () => server.Logs.Named("low_memory").Count() > warnings);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        lease.Dispose();

        await stays.WithinAsync("the one that waits");
        other.Dispose();
    }

    [Fact]
    public async Task A_model_larger_than_the_budget_says_so()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line).Add("large", Large(100_000)), builder => builder.UseSetting("ModelRepository:MemoryBudgetBytes", $"{Cost(ModelFolder.Line)}"));

        var (status, body) = await server.PostAsync("/v2/models/large/infer", Request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.EndsWith($"bytes of memory, ModelRepository:MemoryBudgetBytes is {Cost(ModelFolder.Line)}", (string?)body!["error"], StringComparison.Ordinal);
        Assert.Single(server.Logs.Named("low_memory"));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
    }

    [Fact]
    public async Task A_model_whose_files_have_changed_does_not_come_back_as_another()
    {
        await using var server = await StartAsync(1, "a", "b");
        await InferAsync(server, "b");
        var original = Plus(0).ToBytes();

        server.Models.Add("a", Plus(5));
        var (status, body) = await server.PostAsync("/v2/models/a/infer", Request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Json.Equal("""{"error":"model 'a' is not ready: its files are no longer those it was loaded from; load it again","code":"not_ready"}""", body);
        Assert.Single(server.Logs.Named("model_load_failed"));

        server.Models.Add("a", original);
        await InferAsync(server, "a");
    }

    [Fact]
    public async Task One_that_cannot_come_back_takes_no_other_s_place_however_often_it_is_asked_for()
    {
        await using var server = await StartAsync(1, "a", "b");
        await InferAsync(server, "b");
        server.Models.Add("a", Plus(5));
        await server.PostAsync("/v2/models/a/infer", Request);
        await InferAsync(server, "b");
        using var metrics = Record(server);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync("/v2/models/a/infer", Request)).Status);
        }

        Assert.Equal(0, metrics.Sum(TelemetryNames.Metrics.ModelEvictions));
        Assert.Single(server.Logs.Named("model_load_failed"));
    }

    [Fact]
    public async Task What_serves_on_after_a_refused_change_stays_in_memory_because_it_could_not_come_back()
    {
        await using var server = await StartAsync(2, "a", "b", "c");
        await InferAsync(server, "a");
        await InferAsync(server, "b"); // a would go first
        var original = Plus(0).ToBytes();
        server.Models.Add("a", NoModel);

        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        await InferAsync(server, "b");
        await InferAsync(server, "c");
        await InferAsync(server, "a");
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/a/ready")).Status);

        server.Models.Add("a", original);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        await InferAsync(server, "b");
        await InferAsync(server, "c"); // as others again, it goes
        await InferAsync(server, "a");
    }

    [Fact]
    public async Task One_that_had_to_go_for_a_change_that_was_refused_is_not_called_ready()
    {
        await using var server = await StartAsync(1, "a", "b");
        await InferAsync(server, "a");
        var original = Plus(0).ToBytes();
        server.Models.Add("a", NoModel);

        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/v2/models/a/ready")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync("/v2/models/a/infer", Request)).Status);
        Assert.Equal("UNAVAILABLE", (string?)(await server.PostAsync("/v2/repository/index", "")).Body!.AsArray().Single(model => (string?)model!["name"] == "a")!["state"]);
        await InferAsync(server, "b");

        server.Models.Add("a", original);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        await InferAsync(server, "a");
    }

    [Fact]
    public async Task However_many_press_everyone_is_answered_by_the_model_that_was_asked()
    {
        await using var server = await InferenceServer.StartAsync(
            models => Array.ForEach([0, 1, 2, 3], number => models.Add($"m{number}", Plus(number))),
            builder => builder.UseSetting("ModelRepository:MemoryBudgetBytes", $"{Cost(Plus(0))}"));
        using var metrics = Record(server);

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var (status, body) = await server.PostAsync($"/v2/models/m{i % 4}/infer", Request);
            Assert.Equal((HttpStatusCode.OK, $"[{(i % 4) + 1},{(i % 4) + 2}]"), (status, body!["outputs"]?[0]!["data"]!.ToJsonString()));
        });

        Assert.Equal((1, Cost(Plus(0))), Resident(metrics));
        Assert.Equal(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration).Count(), metrics.Sum(TelemetryNames.Metrics.ModelEvictions)); // one comes, one goes
    }

    [Fact]
    public async Task A_kept_answer_needs_no_session_and_does_not_outlive_the_bytes_that_gave_it()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("a", Plus(1), """{"response_cache":{"enable":true}}""").Add("b", Plus(0)),
            builder => builder.UseSetting("ModelRepository:MemoryBudgetBytes", $"{Cost(Plus(0))}").UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));
        await InferAsync(server, "a");
        await InferAsync(server, "b"); // a goes
        using var metrics = Record(server);

        Json.Equal("[2,3]", (await server.PostAsync("/v2/models/a/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Empty(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration));

        server.Models.Add("a", Plus(2));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        Json.Equal("[3,4]", (await server.PostAsync("/v2/models/a/infer", Request)).Body!["outputs"]![0]!["data"]);
    }

    [Fact]
    public async Task A_model_that_is_not_in_memory_is_replaced_and_unloaded_like_any_other()
    {
        await using var server = await StartAsync(1, "a", "b");
        await InferAsync(server, "b");

        server.Models.Add("a", Plus(4));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        Json.Equal("[5,6]", (await server.PostAsync("/v2/models/a/infer", Request)).Body!["outputs"]![0]!["data"]);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/b/unload", "")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync("/v2/models/b/infer", Request)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/unload", "")).Status);
        using var metrics = Record(server);
        Assert.Equal((0, 0), Resident(metrics));
    }

    [Fact]
    public async Task Metadata_statistics_and_config_need_no_session()
    {
        await using var server = await StartAsync(1, "a", "b");
        await InferAsync(server, "b");
        await InferAsync(server, "a");
        using var metrics = Record(server);

        Assert.Equal("x", (string?)(await server.GetAsync("/v2/models/b")).Body!["inputs"]![0]!["name"]);
        Assert.Equal(1, (int)(await server.GetAsync("/v2/models/b/stats")).Body!["model_stats"]![0]!["inference_count"]!);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/b/config")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/b/ready")).Status);
        Assert.Empty(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration));
    }

    [Fact]
    public async Task Files_that_came_with_a_load_stay_in_memory_because_they_are_nowhere_else()
    {
        await using var server = await StartAsync(2, "a", "b", "c");
        var files = new JsonObject { ["parameters"] = new JsonObject { ["config"] = "{}", ["file:1/model.onnx"] = Convert.ToBase64String(Plus(9).ToBytes()) } };
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/brought/load", files.ToJsonString())).Status);

        foreach (var name in (string[])["a", "b", "c"])
        {
            await InferAsync(server, name);
        }

        using var metrics = Record(server);
        Json.Equal("[10,11]", (await server.PostAsync("/v2/models/brought/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Empty(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration));
    }

    private static async Task<InferenceServer> StartAsync(int room, params string[] names)
    {
        var server = await InferenceServer.StartAsync(
            models => Array.ForEach(names, name => models.Add(name, Plus(0))),
            builder => builder.UseSetting("ModelRepository:MemoryBudgetBytes", $"{room * Cost(Plus(0))}").UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*").UseSetting("ModelRepository:ColdLoadTimeout", "00:00:02"));
        return server;
    }

    private static async Task InferAsync(InferenceServer server, string model) => Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"/v2/models/{model}/infer", Request)).Status);

    private static RecordedMetrics Record(InferenceServer server) => new(server.Services.GetRequiredService<IMeterFactory>());

    private static (double Models, double Bytes) Resident(RecordedMetrics metrics)
    {
        metrics.Observe();
        return (metrics.Of(TelemetryNames.Metrics.ModelResident).Last().Value, metrics.Of(TelemetryNames.Metrics.ModelResidentBytes).Last().Value);
    }
}
