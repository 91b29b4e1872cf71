using System.Net;
using System.Runtime.InteropServices;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Loading;

public sealed class WarmupTests
{
    // Looks i up in a table of three: an i beyond it fails, so the data of a warm-up can be told from outside.
    private static readonly OnnxModel Picky = new OnnxModel().Input("i", OnnxType.I64, -1, 1).Output("y", OnnxType.F32, -1, 1)
        .Floats("table", [10, 20, 30], 3).Node("Gather", ["table", "i"], ["y"]);

    [Theory]
    [InlineData("TYPE_INT64", """{"zero_data":true}""", null)]
    [InlineData("TYPE_INT64", """{"random_data":true}""", null)]
    [InlineData("TYPE_INT64", """{"input_data_file":"two"}""", null)]
    [InlineData("TYPE_INT64", """{"input_data_file":"seven"}""", "indices element out of data bounds")]
    [InlineData("TYPE_INT64", """{"input_data_file":"short"}""", "does not hold one row of [1] INT64")]
    [InlineData("TYPE_INT64", """{"input_data_file":"absent"}""", "the file absent is not there")]
    [InlineData("TYPE_INT64", """{"input_data_file":"../1/model.onnx"}""", "must be the name of a file")]
    [InlineData("TYPE_INT64", """{"zero_data":true,"random_data":true}""", "exactly one of zero_data, random_data, input_data_file")]
    [InlineData("TYPE_INT64", "{}", "exactly one of zero_data, random_data, input_data_file")]
    [InlineData("TYPE_FP32", """{"zero_data":true}""", "must be INT64, not FP32")]
    [InlineData("TYPE_X", """{"zero_data":true}""", "unknown data_type 'TYPE_X'")]
    public async Task A_version_runs_its_warm_up_before_it_is_ready(string type, string data, string? says)
    {
        var input = $$"""{"data_type":"{{type}}","dims":[1],""" + data[1..];
        input = input.Replace(",}", "}", StringComparison.Ordinal);
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("picky", Picky, $$$"""{"max_batch_size":4,"model_warmup":[{"name":"w","batch_size":4,"inputs":{"i":{{{input}}}},"count":2}]}""")
            .File("picky/warmup/two", Bytes(2)).File("picky/warmup/seven", Bytes(7)).File("picky/warmup/short", [1, 2]));

        var (status, body) = await server.GetAsync("/v2/models/picky/ready");

        Assert.Equal(says is null ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says ?? "", (string?)body!["error"] ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warm_up_that_does_not_end_is_refused_and_the_others_serve()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line).File("loop/warmup/rounds", Bytes(1L << 62)).Add("loop", ModelFolder.Loop,
                """{"model_warmup":[{"name":"w","batch_size":1,"inputs":{"n":{"data_type":"TYPE_INT64","dims":[1],"input_data_file":"rounds"},"x":{"data_type":"TYPE_FP32","dims":[1],"zero_data":true}}}]}"""),
            builder => builder.UseSetting("ModelRepository:TrialTimeout", "00:00:00.5"));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
        Assert.Equal("model 'loop' is not ready: its warm-up and golden inference take longer than ModelRepository:TrialTimeout, 00:00:00.5000000", (string?)(await server.GetAsync("/v2/models/loop/ready")).Body!["error"]);
    }

    [Theory]
    [InlineData(4, """{"name":"w","batch_size":5,"inputs":{}}""", "batch_size must be in [1, 4]")]
    [InlineData(4, """{"name":"w","batch_size":0,"inputs":{}}""", "batch_size must be in [1, 4]")]
    [InlineData(0, """{"name":"w","batch_size":2,"inputs":{}}""", "batch_size must be in [1, 1]")]
    [InlineData(4, """{"name":"w","batch_size":1,"inputs":{},"count":1001}""", "count must be in [0, 1000]")]
    [InlineData(4, """{"name":"w","batch_size":1,"inputs":{}}""", "input 'i' is missing")]
    [InlineData(4, """{"name":"w","batch_size":1,"inputs":{"i":{"data_type":"TYPE_INT64","dims":[-1],"zero_data":true}}}""", "dims must be fixed")]
    [InlineData(4, """{"name":"w","batch_size":1,"inputs":{"i":{"data_type":"TYPE_INT64","dims":[4611686018427387904,4],"zero_data":true}}}""", "dims must be fixed")]
    public async Task A_warm_up_that_cannot_be_is_refused(int maxBatchSize, string warmup, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("picky", Picky, $$"""{"max_batch_size":{{maxBatchSize}},"model_warmup":[{{warmup}}]}"""));

        Assert.Contains(says, (string?)(await server.GetAsync("/v2/models/picky/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OnnxType.F32, "FP32")]
    [InlineData(OnnxType.F64, "FP64")]
    [InlineData(OnnxType.F16, "FP16")]
    [InlineData(OnnxType.BF16, "BF16")]
    [InlineData(OnnxType.Bool, "BOOL")]
    [InlineData(OnnxType.U8, "UINT8")]
    [InlineData(OnnxType.I32, "INT32")]
    [InlineData(OnnxType.Str, "STRING")]
    public async Task Every_type_can_be_warmed_up_with_zeros_and_at_random(OnnxType onnx, string type)
    {
        var same = new OnnxModel().Input("x", onnx, -1, 3).Output("y", onnx, -1, 3).Node("Identity", ["x"], ["y"]);
        string Warmup(string kind) => $$$$"""{"name":"{{{{kind}}}}","batch_size":2,"inputs":{"x":{"data_type":"TYPE_{{{{type}}}}","dims":[3],"{{{{kind}}}}":true}}}""";
        await using var server = await InferenceServer.StartAsync(models => models.Add("same", same, $$"""{"max_batch_size":4,"model_warmup":[{{Warmup("zero_data")}},{{Warmup("random_data")}}]}"""));

        var (status, body) = await server.GetAsync("/v2/models/same/ready");

        Assert.True(status == HttpStatusCode.OK, body!.ToJsonString());
    }

    private static byte[] Bytes(params long[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
