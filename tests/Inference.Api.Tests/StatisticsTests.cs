using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public async Task Counts_are_exact_over_REST_gRPC_and_Prometheus()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("counted", ModelFolder.Line, """{"max_batch_size":8}"""));
        await InferAsync(1);
        await InferAsync(3);
        await InferAsync(3);
        Assert.Equal(HttpStatusCode.BadRequest, await InferAsync(9));

        var (_, body) = await server.GetAsync("/v2/models/counted/stats");
        var stats = body!["model_stats"]!.AsArray().Single()!;
        // 3 requests answered with 1 + 3 + 3 rows in 3 runs, one request failed.
        Assert.Equal(("counted", "1", 7, 3), ((string)stats["name"]!, (string)stats["version"]!, (int)stats["inference_count"]!, (int)stats["execution_count"]!));
        Assert.Equal("success 3,fail 1,queue 3,compute_input 3,compute_infer 3,compute_output 3,cache_hit 0,cache_miss 0",
            string.Join(',', stats["inference_stats"]!.AsObject().Select(pair => $"{pair.Key} {pair.Value!["count"]}")));
        Assert.Equal("1:1,3:2", string.Join(',', stats["batch_stats"]!.AsArray().Select(batch => $"{batch!["batch_size"]}:{batch["compute_infer"]!["count"]}")));
        Assert.True((long)stats["inference_stats"]!["compute_infer"]!["ns"]! > 0 && (long)stats["last_inference"]! > 0);

        var overGrpc = (await server.Grpc.ModelStatisticsAsync(new ModelStatisticsRequest { Name = "counted" })).ModelStats.Single();
        Assert.Equal((7UL, 3UL, 3UL, 1UL), (overGrpc.InferenceCount, overGrpc.ExecutionCount, overGrpc.InferenceStats.Success.Count, overGrpc.InferenceStats.Fail.Count));
        Assert.Single((await server.Grpc.ModelStatisticsAsync(new ModelStatisticsRequest())).ModelStats);

        // A meter is heard in the whole process, so the other tests' servers are in this text too: the model's name is this test's own.
        var lines = (await server.Http.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("nv_", StringComparison.Ordinal) && line.Contains("model=\"counted\"", StringComparison.Ordinal)).ToArray();
        Assert.Equal("7", Value(lines, "nv_inference_count", "version=\"1\""));
        Assert.Equal("3", Value(lines, "nv_inference_exec_count", "version=\"1\""));
        Assert.Equal("3", Value(lines, "nv_inference_request_success", ""));
        Assert.Equal("1", Value(lines, "nv_inference_request_failure", "reason=\"OTHER\""));
        Assert.Equal("0", Value(lines, "nv_inference_request_failure", "reason=\"REJECTED\""));
        Assert.Equal("0", Value(lines, "nv_inference_pending_request_count", ""));
        Assert.InRange(double.Parse(Value(lines, "nv_model_load_duration_secs", ""), System.Globalization.CultureInfo.InvariantCulture), 1e-6, 60);

        async Task<HttpStatusCode> InferAsync(int rows) => (await server.PostAsync("/v2/models/counted/infer", new JsonObject
        {
            ["inputs"] = new JsonArray(new JsonObject
            {
                ["name"] = "x",
                ["shape"] = new JsonArray(rows, 2),
                ["datatype"] = "FP32",
                ["data"] = new JsonArray([.. Enumerable.Range(0, rows * 2).Select(i => (JsonNode)i)]),
            }),
        }.ToJsonString())).Status;
    }

    [Fact]
    public async Task Triton_s_counters_are_counters_of_its_exact_names()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("cached_counted", ModelFolder.Line, """{"response_cache":{"enable":true}}"""));
        for (var i = 0; i < 3; i++)
        {
            await server.PostAsync("/v2/models/cached_counted/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        }

        var text = (await server.Http.GetStringAsync("/metrics")).Split('\n');
        var lines = text.Where(line => line.Contains("model=\"cached_counted\"", StringComparison.Ordinal)).ToArray();

        // One run and two answers from the cache, which are requests and not rows.
        Assert.Equal(("3", "1", "1"), (Value(lines, "nv_inference_request_success", ""), Value(lines, "nv_inference_count", ""), Value(lines, "nv_inference_exec_count", "")));
        Assert.Equal(("2", "1"), (Value(lines, "nv_cache_num_hits_per_model", ""), Value(lines, "nv_cache_num_misses_per_model", "")));
        foreach (var counter in new[]
        {
            "nv_inference_request_success", "nv_inference_request_failure", "nv_inference_count", "nv_inference_exec_count", "nv_inference_request_duration_us", "nv_inference_queue_duration_us",
            "nv_inference_compute_input_duration_us", "nv_inference_compute_infer_duration_us", "nv_inference_compute_output_duration_us",
            "nv_cache_num_hits_per_model", "nv_cache_num_misses_per_model", "nv_cache_hit_duration_per_model", "nv_cache_miss_duration_per_model",
        })
        {
            Assert.Contains($"# TYPE {counter} counter", text);
        }

        Assert.Contains("# TYPE nv_inference_pending_request_count gauge", text);
        Assert.Contains("# TYPE nv_model_load_duration_secs gauge", text);
    }

    [Fact]
    public async Task Only_a_version_that_has_been_asked_has_series()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("asked", ModelFolder.Line).Add("refused", ModelFolder.Line).Add("never_asked", ModelFolder.Line));
        await server.PostAsync("/v2/models/asked/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        await server.PostAsync("/v2/models/refused/infer", """{"inputs":[]}""");

        var lines = (await server.Http.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("nv_", StringComparison.Ordinal)).ToArray();

        Assert.Equal((18, 18, 0), (Of("asked"), Of("refused"), Of("never_asked"))); // 14 metrics, and failures by 4 reasons

        int Of(string model) => lines.Count(line => line.Contains($"model=\"{model}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_model_has_no_statistics_and_no_config()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        foreach (var path in new[] { "nothing/stats", "nothing/config", "line/versions/2/stats", "line/versions/2/config" })
        {
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await server.GetAsync($"/v2/models/{path}")).Status));
        }
    }

    [Theory]
    [InlineData(true, 25)]
    [InlineData(false, 0)]
    public async Task Tritons_summaries_are_there_when_asked_for_and_quantiles_of_the_duration_always(bool asked, int series)
    {
        var model = asked ? "summed" : "unsummed";
        await using var server = await InferenceServer.StartAsync(
            models => models.Add(model, ModelFolder.Line), builder => builder.Configuration["Diagnostics:TritonSummaries"] = asked.ToString());
        await server.PostAsync($"/v2/models/{model}/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");

        var lines = (await server.Http.GetStringAsync("/metrics")).Split('\n').Where(line => line.Contains($"\"{model}\"", StringComparison.Ordinal)).ToArray();

        var summaries = lines.Where(line => line.Contains("_summary_us{", StringComparison.Ordinal)).ToArray();
        Assert.Equal(series, summaries.Length); // request, queue and three of compute; 0.5, 0.9, 0.95, 0.99, 0.999 of each
        Assert.Equal(series / 5, summaries.Count(line => line.Contains("quantile=\"0.99\"", StringComparison.Ordinal)));
        Assert.Equal(5, lines.Count(line => line.StartsWith("ml_inference_duration_quantile_seconds{", StringComparison.Ordinal) && line.Contains("ml_outcome=\"ok\"", StringComparison.Ordinal)));
    }

    private static string Value(string[] lines, string name, string label) =>
        lines.Single(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal)).Split(' ')[^1];
}
