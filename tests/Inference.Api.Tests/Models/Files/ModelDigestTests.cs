using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Files;

public sealed class ModelDigestTests
{
    private const string Request = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    // y = x + w; w is in a file of its own.
    private static readonly OnnxModel External = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).ExternalFloats("w", "weights.bin", 2).Node("Add", ["x", "w"], ["y"]);

    [Fact]
    public async Task Metadata_and_answers_carry_the_hash_of_the_file_over_REST_and_gRPC()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        var hash = Hash(ModelFolder.Line.ToBytes());

        Json.Equal($$"""{"sha256":"{{hash}}"}""", (await server.GetAsync("/v2/models/line")).Body!["properties"]);
        Assert.Equal(new Dictionary<string, string> { ["sha256"] = hash }, (await server.Grpc.ModelMetadataAsync(new ModelMetadataRequest { Name = "line" })).Properties.ToDictionary());
        Assert.Equal($"sha256:{hash}", await DigestAsync(server));
        using var call = server.Grpc.ModelInferAsync(new ModelInferRequest
        {
            ModelName = "line",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } },
        });
        Assert.Equal($"sha256:{hash}", (await call.ResponseHeadersAsync).GetValue("model-digest"));
        Assert.Equal($"sha256:{hash}", Assert.Single(server.Logs.Named("model_loaded")).Fields["ModelDigest"]);
    }

    [Fact]
    public async Task A_failed_inference_names_the_version_that_was_to_answer_over_REST_and_gRPC_and_none_when_none_was_found()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        using var content = new StringContent(Request.Replace("\"x\"", "\"other\"", StringComparison.Ordinal), Encoding.UTF8, "application/json");
        using var refused = await server.Http.PostAsync("/v2/models/line/infer", content);
        using var unknown = await server.Http.PostAsync("/v2/models/line/versions/7/infer", content);
        var failure = await Assert.ThrowsAsync<RpcException>(() => server.Grpc.ModelInferAsync(new ModelInferRequest { ModelName = "line" }).ResponseAsync);

        Assert.Equal((HttpStatusCode.BadRequest, "1"), (refused.StatusCode, Assert.Single(refused.Headers.GetValues("model-version"))));
        Assert.Equal((HttpStatusCode.NotFound, false), (unknown.StatusCode, unknown.Headers.Contains("model-version")));
        Assert.Equal((StatusCode.InvalidArgument, "1"), (failure.StatusCode, failure.Trailers.GetValue("model-version")));
    }

    [Fact]
    public async Task The_digest_is_that_of_the_bytes_in_memory_not_of_what_the_file_has_become()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));

        server.Models.Add("line", External);

        Assert.Equal($"sha256:{Hash(ModelFolder.Line.ToBytes())}", await DigestAsync(server));
    }

    [Fact]
    public async Task Lineage_is_shown_with_the_hash()
    {
        await using var server = await InferenceServer.StartAsync(models =>
        {
            models.Add("line", ModelFolder.Line);
            models.File("line/1/lineage.json", $$"""{"model_sha256":"{{Hash(ModelFolder.Line.ToBytes())}}","trainer":"by hand","rows":7,"columns":["a","b"]}""");
        });
        var hash = Hash(ModelFolder.Line.ToBytes());

        Json.Equal(
            $$"""{"lineage.columns":"[\"a\",\"b\"]","lineage.model_sha256":"{{hash}}","lineage.rows":"7","lineage.trainer":"by hand","sha256":"{{hash}}"}""",
            (await server.GetAsync("/v2/models/line")).Body!["properties"]);
    }

    [Theory]
    [InlineData("""{"model_sha256":"00"}""", "lineage.json is that of another model")]
    [InlineData("[]", "lineage.json is no JSON object")]
    [InlineData("{", "lineage.json is no JSON object")]
    public async Task A_model_with_a_false_lineage_is_not_served(string lineage, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).File("line/1/lineage.json", lineage));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task External_data_is_part_of_the_digest_and_does_not_change_under_a_model_that_serves()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", External).File("line/1/weights.bin", Bytes(10, 20)), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));
        var before = await DigestAsync(server);

        server.Models.File("line/1/weights.bin", Bytes(-1, -1));

        // What sha256sum model.onnx weights.bin | sha256sum prints.
        Assert.Equal($"sha256:{Hash(Encoding.UTF8.GetBytes($"{Hash(External.ToBytes())}  model.onnx\n{Hash(Bytes(10, 20))}  weights.bin\n"))}", before);
        Json.Equal("[11,22]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", "")).Status);
        Json.Equal("[0,1]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.NotEqual(before, await DigestAsync(server));
    }

    [Fact]
    public async Task External_data_lies_beside_its_model_also_when_that_has_a_folder_of_its_own()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .File("line/1/onnx/model.onnx", External.ToBytes()).File("line/1/onnx/weights.bin", Bytes(10, 20)).File("line/1/weights.bin", Bytes(1, 1)).Config("line", """{"default_model_filename":"onnx/model.onnx"}"""));

        Json.Equal("[11,22]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Equal($"sha256:{Hash(Encoding.UTF8.GetBytes($"{Hash(External.ToBytes())}  onnx/model.onnx\n{Hash(Bytes(10, 20))}  weights.bin\n"))}", await DigestAsync(server));
    }

    private static async Task<string> DigestAsync(InferenceServer server)
    {
        using var content = new StringContent(Request, Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync("/v2/models/line/infer", content);
        return Assert.Single(response.Headers.GetValues("model-digest"));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Bytes(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
