using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class BatchedServingTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(999, true)]
    [InlineData(1000, false)]
    public async Task A_queue_delay_that_no_timer_can_count_is_told_when_the_model_is_loaded(int microseconds, bool told)
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line, $$$"""{"max_batch_size":4,"dynamic_batching":{"max_queue_delay_microseconds":{{{microseconds}}}}}"""));

        Assert.Equal(told ? [(long)microseconds] : [], server.Logs.Named("queue_delay_not_kept").Select(line => line.Fields["MaxQueueDelayMicroseconds"]));
    }

    [Fact]
    public async Task Under_load_every_caller_gets_its_own_answer_and_the_counts_are_exact()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line,
            """{"max_batch_size":16,"dynamic_batching":{"max_queue_delay_microseconds":200},"instance_group":[{"count":1}]}"""));

        // 16 callers, 50 requests each, of 1 to 3 rows.
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
        {
            for (var i = 0; i < 50; i++)
            {
                var rows = (i % 3) + 1;
                var values = Enumerable.Range(0, rows * 2).Select(k => (caller * 1000) + (i * 10) + k).ToArray();
                var (status, body) = await server.PostAsync("/v2/models/line/infer",
                    $$"""{"inputs":[{"name":"x","shape":[{{rows}},2],"datatype":"FP32","data":[{{string.Join(',', values)}}]}]}""");
                Assert.Equal(HttpStatusCode.OK, status);
                Assert.Equal(values.Select(value => (2f * value) + 1), body!["outputs"]![0]!["data"]!.AsArray().Select(value => (float)value!));
            }
        }));

        using var lease = server.Services.GetRequiredService<ModelTable>().Acquire("line", null);
        var statistics = lease.Model.Statistics.Snapshot();
        Assert.Equal((800, 800, 0), (statistics.Success.Count, statistics.ComputeInfer.Count, statistics.Fail.Count));
        Assert.Equal(16 * (17 + (17 * 2) + (16 * 3)), statistics.InferenceCount); // of 50 requests 17 have one row, 17 two, 16 three
        Assert.Equal(statistics.ExecutionCount, statistics.Batches.Sum(batch => batch.ComputeInfer.Count));
        Assert.Equal(statistics.InferenceCount, statistics.Batches.Sum(batch => batch.BatchSize * batch.ComputeInfer.Count));
        Assert.InRange(statistics.ExecutionCount, 1, 800);
    }

    [Fact]
    public async Task Requests_that_ran_together_are_told_one_batch_and_their_rows_fill_it_over_both_transports()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, """{"max_batch_size":16,"dynamic_batching":{},"instance_group":[{"count":1}]}"""));
        var told = new ConcurrentBag<(ModelBatch Batch, long Rows)>();

        // Until some have met: which ones do is up to the machine.
        await Eventually.TrueAsync("requests that run together", async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var rows = (i % 3) + 1;
                    if (ModelBatch.FromHeader(await BatchHeaderAsync(server, rows, overGrpc: caller % 2 == 0)) is { } batch)
                    {
                        told.Add((batch, rows));
                    }
                }
            }));
            return !told.IsEmpty;
        });

        Assert.All(told.GroupBy(one => one.Batch.Id), batch =>
        {
            var parts = batch.OrderBy(one => one.Batch.FirstRow).ToArray();
            Assert.All(parts, one => Assert.Equal((parts.Length, parts.Sum(part => part.Rows)), (one.Batch.Requests, one.Batch.Rows)));
            Assert.InRange(parts.Length, 2, 16);
            Assert.Equal(parts.Select((_, i) => parts[..i].Sum(part => part.Rows)), parts.Select(one => one.Batch.FirstRow));
        });
    }

    [Theory]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f6071; first-row=5; rows=9; requests=3", true)]
    [InlineData(null, false)]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f6071", false)]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f607; first-row=5; rows=9; requests=3", false)]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f6071; first-row=-5; rows=9; requests=3", false)]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f6071; first-row=5; rows=9; requests=2147483648", false)]
    [InlineData("0193a5f0c6b87d3e9a1b2c3d4e5f6071; rows=5; first-row=9; requests=3", false)]
    public void What_a_header_says_of_a_batch_is_read_as_it_is_written_or_not_at_all(string? header, bool says) =>
        Assert.Equal(says ? header : null, ModelBatch.FromHeader(header)?.ToHeader());

    [Theory]
    [InlineData("""{"dynamic_batching":{}}""", "needs a max_batch_size")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"preferred_batch_size":[5]}}""", "preferred_batch_size")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"max_queue_delay_microseconds":-1}}""", "max_queue_delay_microseconds")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"max_queue_delay":1}}""", "max_queue_delay")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"priority_levels":2}}""", "default_priority_level")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"default_queue_policy":{"timeout_action":"WAIT"}}}""", "timeout_action")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"default_queue_policy":{"max_queue_size":100001}}}""", "max_queue_size")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"default_queue_policy":{"default_timeout_microseconds":2592000000001}}}""", "default_timeout_microseconds")]
    public async Task A_batching_config_out_of_range_is_refused_and_named(string config, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, config));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
    }

    private static async Task<string?> BatchHeaderAsync(InferenceServer server, int rows, bool overGrpc)
    {
        if (overGrpc)
        {
            using var call = server.Grpc.ModelInferAsync(new ModelInferRequest
            {
                ModelName = "line",
                Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { rows, 2 }, Contents = new InferTensorContents { Fp32Contents = { new float[rows * 2] } } } },
            });
            await call;
            return (await call.ResponseHeadersAsync).GetValue(ModelBatch.HeaderName);
        }

        using var response = await server.Http.PostAsJsonAsync("/v2/models/line/infer", new { inputs = new[] { new { name = "x", shape = new[] { rows, 2 }, datatype = "FP32", data = new float[rows * 2] } } });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.TryGetValues(ModelBatch.HeaderName, out var values) ? values.Single() : null;
    }
}
