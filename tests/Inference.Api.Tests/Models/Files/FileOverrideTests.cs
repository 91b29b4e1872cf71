using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Files;

public sealed class FileOverrideTests
{
    private const string Request = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    private static readonly byte[] Negative = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Node("Neg", ["x"], ["y"]).ToBytes();

    [Fact]
    public async Task A_load_may_bring_its_files_over_REST_and_gRPC()
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "line", ("file:7/model.onnx", Convert.ToBase64String(Negative)))).Status);
        var (_, answer) = await server.PostAsync("/v2/models/line/infer", Request);
        Assert.Equal("7 [-1,-2]", $"{answer!["model_version"]} {answer["outputs"]![0]!["data"]!.ToJsonString()}");

        await server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest
        {
            ModelName = "new",
            Parameters =
            {
                ["config"] = new ModelRepositoryParameter { StringParam = "{}" },
                ["file:1/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(Negative) },
            },
        });
        Json.Equal("[-1,-2]", (await server.PostAsync("/v2/models/new/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Equal(["line"], Directory.EnumerateDirectories(server.Models.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_model_s_own_files_come_back_with_the_next_load()
    {
        await using var server = await StartAsync();

        await LoadAsync(server, "line", ("file:1/model.onnx", Convert.ToBase64String(Negative)));
        Json.Equal("[-1,-2]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", "")).Status);

        Json.Equal("[3,5]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
    }

    [Theory]
    [InlineData("file:1/../../../escape")]
    [InlineData("file:../escape")]
    [InlineData("file:/escape")]
    [InlineData("file:1/..")]
    [InlineData("file:1/a\\b")]
    [InlineData("file:1/a\nb")]
    [InlineData("file:1/")]
    [InlineData("file:0/model.onnx")]
    [InlineData("file:-1/model.onnx")]
    [InlineData("file:99999999999999999999/model.onnx")]
    [InlineData("file:model.onnx")]
    [InlineData("file:")]
    public async Task Paths_that_lead_elsewhere_are_refused(string parameter)
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await LoadAsync(server, "line", (parameter, Convert.ToBase64String(Negative)))).Status);
        Json.Equal("[3,5]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
    }

    [Fact]
    public async Task Files_need_a_config_base64_a_bound_and_a_name()
    {
        await using var server = await StartAsync();

        Json.Equal("""{"error":"parameters.file:1/model.onnx: is not base64","code":"invalid_argument","field":"parameters.file:1/model.onnx"}""", (await LoadAsync(server, "line", ("file:1/model.onnx", "***"))).Body);
        Json.Equal("""{"error":"parameters.config: is needed when files are given","code":"invalid_argument","field":"parameters.config"}""", (await server.PostAsync("/v2/repository/models/line/load", """{"parameters":{"file:1/model.onnx":""}}""")).Body);
        Json.Equal("""{"error":"parameters: more than 100 files","code":"invalid_argument","field":"parameters"}""", (await LoadAsync(server, "line", [.. Enumerable.Range(0, 101).Select(i => ($"file:1/{i}", ""))])).Body);
        Assert.Contains("is empty", (string?)(await LoadAsync(server, "line", ("file:1/model.onnx", ""))).Body!["error"], StringComparison.Ordinal);
        Assert.Contains("no file model.onnx", (string?)(await LoadAsync(server, "line", ("file:1/other", "AA=="))).Body!["error"], StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest
        {
            ModelName = "../line",
            Parameters = { ["config"] = new ModelRepositoryParameter { StringParam = "{}" }, ["file:1/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(Negative) } },
        }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Theory]
    [InlineData(85, HttpStatusCode.OK)]
    [InlineData(86, HttpStatusCode.BadRequest)]
    public async Task A_file_s_name_has_at_most_255_bytes(int letters, HttpStatusCode expected)
    {
        await using var server = await StartAsync();

        Assert.Equal(expected, (await LoadAsync(server, "line", ("file:1/model.onnx", Convert.ToBase64String(Negative)), ($"file:1/{new string('語', letters)}", "AA=="))).Status);
    }

    private static Task<InferenceServer> StartAsync() =>
        InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));

    private static Task<(HttpStatusCode Status, JsonNode? Body)> LoadAsync(InferenceServer server, string model, params (string Name, string Value)[] files)
    {
        var parameters = new JsonObject { ["config"] = "{}" };
        Array.ForEach(files, file => parameters[file.Name] = file.Value);
        return server.PostAsync($"/v2/repository/models/{model}/load", new JsonObject { ["parameters"] = parameters }.ToJsonString());
    }
}
