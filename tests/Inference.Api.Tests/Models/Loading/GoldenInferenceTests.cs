using System.Net;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Loading;

public sealed class GoldenInferenceTests
{
    private const string Request = """{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[0,1,"NaN","Infinity"]}]}""";

    private static string Golden(string data, string tolerance = "{}") =>
        $$$"""{"request":{{{Request}}},"response":{"outputs":[{"name":"y","shape":[2,2],"datatype":"FP32","data":{{{data}}}}]},"tolerance":{{{tolerance}}}}""";

    [Theory]
    [InlineData("""[1,3,"NaN","Infinity"]""", "{}")] // 2x + 1
    [InlineData("""[1.001,2.999,"NaN","Infinity"]""", """{"absolute":0.0011}""")]
    [InlineData("""[1,3.03,"NaN","Infinity"]""", """{"relative":0.01}""")]
    public async Task A_version_that_answers_as_expected_is_served(string expected, string tolerance)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).File("line/1/golden.json", Golden(expected, tolerance)));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/line/ready")).Status);
        Assert.Equal(0, (int)(await server.GetAsync("/v2/models/line/stats")).Body!["model_stats"]![0]!["execution_count"]!);
    }

    [Theory]
    [InlineData("""[1,3.5,"NaN","Infinity"]""", "{}", "output 'y'[1] is 3, expected 3.5")]
    [InlineData("""[1,3,0,"Infinity"]""", """{"absolute":1000}""", "output 'y'[2] is NaN, expected 0")]
    [InlineData("""[1,3,"NaN",7]""", """{"absolute":1000}""", "output 'y'[3] is Infinity, expected 7")]
    [InlineData("""[1,3,"NaN","-Infinity"]""", """{"relative":1}""", "output 'y'[3] is Infinity, expected -Infinity")]
    [InlineData("""[1,3.0012,"NaN","Infinity"]""", """{"absolute":0.0011}""", "output 'y'[1] is 3, expected 3.00")]
    [InlineData("""[1,3]""", "{}", "response: inputs[0].data: 2 elements")]
    [InlineData("""[1,3,"NaN","Infinity"]""", """{"absolute":-1}""", "must be at least 0")]
    [InlineData("""[1,3,"NaN","Infinity"]""", """{"abs":1}""", "golden.json at")]
    public async Task A_version_that_answers_otherwise_is_not_served_and_says_where(string expected, string tolerance, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).File("line/1/golden.json", Golden(expected, tolerance)).Add("other", ModelFolder.Line));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
        Assert.Single(server.Logs.Named("model_load_failed"));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/other/ready")).Status);
    }

    [Theory]
    [InlineData("""{"request":{"inputs":[]},"response":{"outputs":[{"name":"y","shape":[1,2],"datatype":"FP32","data":[0,0]}]}}""", "golden.json: input 'x' is missing")]
    [InlineData("""{"request":{"inputs":[]},"response":{"outputs":[]}}""", "response.outputs must name at least one output")]
    [InlineData("""{"request":{"inputs":[]}}""", "golden.json at")]
    [InlineData("""{"request":{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0,0]}]},"response":{"outputs":[{"name":"y","shape":[2],"datatype":"FP32","data":[1,1]}]}}""", "is FP32 [1,2], expected FP32 [2]")]
    [InlineData("""{"request":{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0,0]}]},"response":{"outputs":[{"name":"z","shape":[2],"datatype":"FP32","data":[1,1]}]}}""", "has no output 'z'")]
    public async Task A_golden_file_that_cannot_be_used_says_why(string golden, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).File("line/1/golden.json", golden));

        Assert.Contains(says, (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Integers_and_strings_must_be_equal_whatever_the_tolerance()
    {
        var same = new OnnxModel().Input("x", OnnxType.I64, -1).Output("y", OnnxType.I64, -1).Node("Identity", ["x"], ["y"]);
        static string File(int y) => $$$"""{"request":{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[7]}]},"response":{"outputs":[{"name":"y","shape":[1],"datatype":"INT64","data":[{{{y}}}]}]},"tolerance":{"absolute":9}}""";
        await using var server = await InferenceServer.StartAsync(models => models.Add("right", same).File("right/1/golden.json", File(7)).Add("wrong", same).File("wrong/1/golden.json", File(8)));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/right/ready")).Status);
        Assert.Contains("output 'y' is not as expected", (string?)(await server.GetAsync("/v2/models/wrong/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_committed_model_answers_as_its_golden_file_says()
    {
        var models = Path.Combine(Checkout.Root, "models");
        Assert.True(File.Exists(Path.Combine(models, "flight-delay", "1", "golden.json")));
        await using var server = await InferenceServer.StartAsync(_ => { }, builder => builder.Configuration["ModelRepository:Path"] = models);

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/flight-delay/ready")).Status);
    }
}
