using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;

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

    [Theory]
    [InlineData("""{"dynamic_batching":{}}""", "needs a max_batch_size")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"preferred_batch_size":[5]}}""", "preferred_batch_size")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"max_queue_delay_microseconds":-1}}""", "max_queue_delay_microseconds")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"max_queue_delay":1}}""", "max_queue_delay")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"priority_levels":2}}""", "default_priority_level")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"default_queue_policy":{"timeout_action":"WAIT"}}}""", "timeout_action")]
    [InlineData("""{"max_batch_size":4,"dynamic_batching":{"default_queue_policy":{"max_queue_size":100001}}}""", "max_queue_size")]
    public async Task A_batching_config_out_of_range_is_refused_and_named(string config, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, config));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
    }
}
