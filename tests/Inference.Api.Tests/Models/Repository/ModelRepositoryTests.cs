using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Repository;

public sealed class ModelRepositoryTests
{
    [Fact]
    public async Task Broken_models_say_why_while_the_others_serve()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("line", ModelFolder.Line)
            .Add("no-onnx", "these are not the bytes of a model"u8.ToArray())
            .Add("cut-short", ModelFolder.Line.ToBytes()[..100])
            .Add("sequence", new OnnxModel().Input("x", OnnxType.F32, 2).SequenceOutput("s", OnnxType.F32).Node("SequenceConstruct", ["x"], ["s"]))
            .Add("bad-json", ModelFolder.Line, "{")
            .Add("misspelt", ModelFolder.Line, """{"max_batchsize": 4}""")
            .Add("other-type", ModelFolder.Line, """{"input":[{"name":"x","data_type":"TYPE_INT32","dims":[-1,2]}]}""")
            .Add("other-shape", ModelFolder.Line, """{"input":[{"name":"x","data_type":"TYPE_FP32","dims":[-1,3]}]}""")
            .Add("other-name", ModelFolder.Line, """{"input":[{"name":"z","data_type":"TYPE_FP32","dims":[-1,2]}]}""")
            .Config("empty", "{}"));

        foreach (var (model, says) in new[]
        {
            ("no-onnx", "the file is no ONNX"), ("cut-short", "the file is no ONNX"), ("sequence", "output 's' is ONNX_TYPE_SEQUENCE"), ("bad-json", "config.json at"),
            ("misspelt", "max_batchsize"), ("other-type", "TYPE_INT32 in config and FP32"), ("other-shape", "[-1,3] in config and [-1,2]"), ("other-name", "'z'"), ("empty", "no version"),
        })
        {
            var (status, body) = await server.GetAsync($"/v2/models/{model}/ready");
            Assert.Equal((model, HttpStatusCode.ServiceUnavailable), (model, status));
            Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync($"/v2/models/{model}/infer", """{"inputs":[]}""")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/line/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
        Assert.Equal(9, server.Logs.Named("model_load_failed").Count());
    }

    [Fact]
    public async Task Readiness_names_what_is_loaded_and_what_is_not()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Config("empty", "{}"));

        var (status, body) = await server.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Json.Equal("""{"status":"Degraded","description":"loaded: line/1; not served: empty (there is no version directory that the version policy chooses)"}""", body!["checks"]!["models"]);
    }

    [Fact]
    public async Task Nothing_loaded_is_not_ready()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Config("empty", "{}"));

        var (status, body) = await server.GetAsync("/v2/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Json.Equal("""{"error":"no model could be loaded","code":"not_ready"}""", body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/health/ready")).Status);
    }

    [Theory]
    [InlineData("""{}""", "3")]
    [InlineData("""{"version_policy":{"latest":{"num_versions":2}}}""", "2,3")]
    [InlineData("""{"version_policy":{"all":{}}}""", "1,2,3")]
    [InlineData("""{"version_policy":{"specific":{"versions":[1,7]}}}""", "1")]
    public async Task The_version_policy_chooses(string config, string expected)
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("line", ModelFolder.Line, config, 1).Add("line", ModelFolder.Line, null, 2).Add("line", ModelFolder.Line, null, 3));

        var (_, body) = await server.GetAsync("/v2/models/line");

        Assert.Equal(expected, string.Join(',', body!["versions"]!.AsArray().Select(version => (string?)version)));
        var (_, answer) = await server.PostAsync("/v2/models/line/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        Assert.Equal(expected.Split(',')[^1], (string?)answer!["model_version"]);
    }

    [Fact]
    public async Task Max_batch_size_puts_the_batch_dimension_in_front_and_bounds_the_rows()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line,
            """{"name":"line","platform":"onnxruntime_onnx","max_batch_size":2,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[2]}],"output":[{"name":"y","data_type":"TYPE_FP32","dims":["2"]}]}"""));

        Json.Equal("""[{"name":"x","datatype":"FP32","shape":[-1,2]}]""", (await server.GetAsync("/v2/models/line")).Body!["inputs"]);
        Assert.Equal(HttpStatusCode.OK, (await InferAsync(2)).Status);
        var (status, body) = await InferAsync(3);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Json.Equal("""{"error":"inputs[0].shape: 3 rows; the model takes 1 to 2","code":"invalid_argument","field":"inputs[0].shape"}""", body);

        Task<(HttpStatusCode Status, JsonNode? Body)> InferAsync(int rows) =>
            server.PostAsync("/v2/models/line/infer", $$"""{"inputs":[{"name":"x","shape":[{{rows}},2],"datatype":"FP32","data":[{{string.Join(',', Enumerable.Repeat(0, rows * 2))}}]}]}""");
    }

    [Fact]
    public async Task A_link_out_of_the_model_directory_is_refused()
    {
        var secret = Path.GetTempFileName();
        await File.WriteAllBytesAsync(secret, ModelFolder.Line.ToBytes());
        await using var server = await InferenceServer.StartAsync(models =>
        {
            var directory = Directory.CreateDirectory(Path.Combine(models.Path, "line", "1"));
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "model.onnx"), secret);
            models.Add("climber", ModelFolder.Line, """{"default_model_filename":"../../line/1/model.onnx"}""");
        });

        Assert.Contains("leads out", (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
        Assert.Contains("must be the path of a file below", (string?)(await server.GetAsync("/v2/models/climber/ready")).Body!["error"], StringComparison.Ordinal);
        File.Delete(secret);
    }
}
