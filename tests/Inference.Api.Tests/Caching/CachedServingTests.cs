using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Caching;

public sealed class CachedServingTests
{
    private const string Config = """{"response_cache":{"enable":true}}""";
    private static readonly OnnxModel Negative = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Node("Neg", ["x"], ["y"]);

    [Fact]
    public async Task An_equal_request_is_answered_without_a_run_over_both_transports_and_counted_as_Triton_counts()
    {
        await using var server = await StartAsync();

        Json.Equal("[3,5]", await InferAsync(server, "[1,2]", "[1,2]", "a"));
        Json.Equal("[3,5]", await InferAsync(server, "[1,2]", "[1,2]", "b"));
        var overGrpc = await server.Grpc.ModelInferAsync(new ModelInferRequest
        {
            ModelName = "cached",
            Id = "c",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } },
        });
        Assert.Equal((3f, "c"), (BitConverter.ToSingle(overGrpc.RawOutputContents[0].Span), overGrpc.Id));

        var statistics = Statistics(server);
        Assert.Equal((3, 1, 1), (statistics.Success.Count, statistics.InferenceCount, statistics.ExecutionCount));
        Assert.Equal((3, 1, 2, 1), (statistics.Queue.Count, statistics.ComputeInfer.Count, statistics.CacheHit.Count, statistics.CacheMiss.Count));
        Assert.True(statistics.CacheHit.Nanoseconds > 0 && statistics.CacheMiss.Nanoseconds > 0 && statistics.Success.Nanoseconds >= statistics.CacheHit.Nanoseconds);
        var (_, body) = await server.GetAsync("/v2/models/cached/stats");
        Assert.Equal((2, 1), ((int)body!["model_stats"]![0]!["inference_stats"]!["cache_hit"]!["count"]!, (int)body["model_stats"]![0]!["inference_stats"]!["cache_miss"]!["count"]!));
        var stats = (await server.Grpc.ModelStatisticsAsync(new ModelStatisticsRequest { Name = "cached" })).ModelStats[0].InferenceStats;
        Assert.Equal((2UL, 1UL), (stats.CacheHit.Count, stats.CacheMiss.Count));
        await Eventually.TrueAsync("three events", () => server.Logs.Named("inference_completed").Count() == 3);
        Assert.Equal([("a", false), ("b", true), ("c", true)], server.Logs.Named("inference_completed").Select(each => ((string)each.Fields["RequestId"]!, (bool)each.Fields["CacheHit"]!)));
    }

    [Fact]
    public async Task Every_part_of_a_request_that_changes_the_answer_makes_it_another_one()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("cached", new OnnxModel().Input("a", OnnxType.F32, -1, -1).Input("b", OnnxType.F32, -1, -1).Output("sum", OnnxType.F32, -1, -1).Output("difference", OnnxType.F32, -1, -1)
                .Node("Add", ["a", "b"], ["sum"]).Node("Sub", ["a", "b"], ["difference"]), Config));
        string[] requests =
        [
            Request("[1,2]", "[5,6]", "[1,2]"), Request("[2,1]", "[5,6]", "[1,2]"), Request("[1,2]", "[1,2]", "[5,6]"), Request("[1,2]", "[5,6]", "[1,3]"),
            Request("[1,2]", "[5,6]", "[1,2]", """,{"outputs":[{"name":"sum"}]}"""), Request("[1,2]", "[5,6]", "[1,2]", """,{"outputs":[{"name":"difference"}]}"""),
            Request("[1,2]", "[5,6]", "[1,2]", """,{"outputs":[{"name":"difference"},{"name":"sum"}]}"""),
        ];

        foreach (var request in requests)
        {
            var first = await AnswerAsync(request);
            Assert.Equal(first, await AnswerAsync(request));
        }

        Assert.Equal((requests.Length, requests.Length), (Statistics(server).CacheMiss.Count, Statistics(server).CacheHit.Count));
        Assert.Equal(requests.Length, (await Task.WhenAll(requests.Select(AnswerAsync))).Distinct().Count());

        async Task<string> AnswerAsync(string request)
        {
            var (status, body) = await server.PostAsync("/v2/models/cached/infer", request);
            Assert.True(status == HttpStatusCode.OK, body?.ToJsonString());
            return body!["outputs"]!.ToJsonString();
        }

        static string Request(string shape, string a, string b, string more = "")
        {
            var request = JsonNode.Parse($$"""{"inputs":[{"name":"a","shape":{{shape}},"datatype":"FP32","data":{{a}}},{"name":"b","shape":{{shape}},"datatype":"FP32","data":{{b}}}]}""")!;
            if (more.Length > 0)
            {
                request["outputs"] = JsonNode.Parse(more[1..])!["outputs"]!.DeepClone();
            }

            return request.ToJsonString();
        }
    }

    [Fact]
    public async Task Classification_and_parameters_are_applied_to_the_kept_answer()
    {
        await using var server = await StartAsync();
        Json.Equal("[3,5]", await InferAsync(server, "[1,2]", "[1,2]"));

        var (_, body) = await server.PostAsync("/v2/models/cached/infer",
            """{"parameters":{"priority":0,"timeout":5000000},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y","parameters":{"classification":1}}]}""");

        Json.Equal("""["5.000000:1"]""", body!["outputs"]![0]!["data"]);
        Assert.Equal(1, Statistics(server).CacheHit.Count);
    }

    [Fact]
    public async Task No_answer_outlives_the_load_that_gave_it()
    {
        await using var server = await StartAsync(builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));
        Json.Equal("[3,5]", await InferAsync(server, "[1,2]", "[1,2]"));
        server.Models.Add("cached", Negative, Config);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/cached/load", "")).Status);

        Json.Equal("[-1,-2]", await InferAsync(server, "[1,2]", "[1,2]"));
        await server.PostAsync("/v2/repository/models/cached/unload", "");
        await Eventually.TrueAsync("the cache to be empty", () => server.Services.GetRequiredService<ResponseCache>().Count == 0);
    }

    [Fact]
    public async Task Failures_are_not_kept_and_a_model_that_does_not_ask_for_it_keeps_nothing()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("cached", ModelFolder.Line).Add("faulty", ModelFolder.Faulty, Config));

        await InferAsync(server, "[1,2]", "[1,2]");
        await InferAsync(server, "[1,2]", "[1,2]");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await server.PostAsync("/v2/models/faulty/infer", """{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1]}]}""")).Status);
        }

        Assert.Equal((2, 0, 0), (Statistics(server).ExecutionCount, Statistics(server).CacheHit.Count, Statistics(server).CacheMiss.Count));
        Assert.Equal(0, server.Services.GetRequiredService<ResponseCache>().Count);
    }

    [Fact]
    public async Task A_request_too_large_to_be_kept_is_a_miss_that_takes_no_memory_for_its_key()
    {
        await using var server = await StartAsync(builder => builder.UseSetting("ResponseCache:MaxBytes", "1024"));
        var ones = $"[{string.Join(',', Enumerable.Repeat("1", 192))}]"; // 768 bytes, and 256 for the entry

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/cached/infer", $$$"""{"inputs":[{"name":"x","shape":[96,2],"datatype":"FP32","data":{{{ones}}}}]}""")).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/cached/infer", $$$"""{"inputs":[{"name":"x","shape":[97,2],"datatype":"FP32","data":{{{ones.Replace("[1", "[1,1,1", StringComparison.Ordinal)}}}}]}""")).Status);
        }

        Assert.Equal((4, 0, 4), (Statistics(server).ExecutionCount, Statistics(server).CacheHit.Count, Statistics(server).CacheMiss.Count));
    }

    [Theory]
    [InlineData("MaxBytes", "1023")]
    [InlineData("MaxEntries", "0")]
    [InlineData("MaxByte", "4096")]
    public async Task A_bound_out_of_range_or_misspelt_stops_the_start(string key, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await StartAsync(builder => builder.UseSetting($"ResponseCache:{key}", value)));
        Assert.Contains(key, error.ToString(), StringComparison.Ordinal);
    }

    private static Task<InferenceServer> StartAsync(Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure = null) =>
        InferenceServer.StartAsync(models => models.Add("cached", ModelFolder.Line, Config), configure);

    private static async Task<JsonNode?> InferAsync(InferenceServer server, string shape, string data, string id = "")
    {
        var (status, body) = await server.PostAsync("/v2/models/cached/infer", $$"""{"id":"{{id}}","inputs":[{"name":"x","shape":{{shape}},"datatype":"FP32","data":{{data}}}]}""");
        Assert.True(status == HttpStatusCode.OK, body?.ToJsonString());
        return body!["outputs"]![0]!["data"];
    }

    private static ModelStatisticsSnapshot Statistics(InferenceServer server) => server.Services.GetRequiredService<ModelTable>().Find("cached", null).Model!.Statistics.Snapshot();
}
