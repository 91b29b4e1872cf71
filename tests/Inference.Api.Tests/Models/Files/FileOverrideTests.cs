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

    [Fact]
    public async Task No_more_names_can_be_loaded_than_MaxModels()
    {
        await using var server = await StartAsync(("MaxModels", "2"));
        var file = ("file:1/model.onnx", Convert.ToBase64String(Negative));

        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "new", file)).Status);
        var (status, body) = await LoadAsync(server, "other", file);
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Json.Equal("""{"error":"there are 2 models already, as many as ModelRepository:MaxModels allows","code":"overloaded"}""", body);
        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "new", file)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/new/unload", "")).Status);

        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "other", file)).Status);
        Json.Equal("""[{"name":"line","version":"1","state":"READY"},{"name":"other","version":"1","state":"READY"}]""", (await server.PostAsync("/v2/repository/index", "")).Body);
    }

    [Fact]
    public async Task A_name_that_only_a_load_brought_is_unknown_again_when_it_failed_or_is_unloaded()
    {
        await using var server = await InferenceServer.StartAsync(_ => { }, builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit"));

        Assert.Equal(HttpStatusCode.BadRequest, (await LoadAsync(server, "new", ("file:1/model.onnx", "AAAA"))).Status);
        await UnknownAsync();
        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "new", ("file:1/model.onnx", Convert.ToBase64String(Negative)))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await LoadAsync(server, "new", ("file:1/model.onnx", "AAAA"))).Status);
        Json.Equal("[-1,-2]", (await server.PostAsync("/v2/models/new/infer", Request)).Body!["outputs"]![0]!["data"]); // what served goes on
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/new/unload", "")).Status);
        await UnknownAsync();

        async Task UnknownAsync()
        {
            Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/v2/models/new/infer", Request)).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
            Json.Equal("[]", (await server.PostAsync("/v2/repository/index", "")).Body);
        }
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

    private static Task<InferenceServer> StartAsync(params (string Key, string Value)[] settings) => InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder =>
    {
        foreach (var (key, value) in (IEnumerable<(string, string)>)[("ControlMode", "Explicit"), ("Load:0", "*"), .. settings])
        {
            builder.UseSetting($"ModelRepository:{key}", value);
        }
    });

    private static Task<(HttpStatusCode Status, JsonNode? Body)> LoadAsync(InferenceServer server, string model, params (string Name, string Value)[] files)
    {
        var parameters = new JsonObject { ["config"] = "{}" };
        Array.ForEach(files, file => parameters[file.Name] = file.Value);
        return server.PostAsync($"/v2/repository/models/{model}/load", new JsonObject { ["parameters"] = parameters }.ToJsonString());
    }
}
