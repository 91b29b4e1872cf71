using System.Net;
using Microsoft.Extensions.Logging;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Rest;

public sealed class V2RestTests
{
    private const string Infer = "/v2/models/line/infer";

    [Fact]
    public async Task Server_metadata_health_and_models()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Add("other", ModelFolder.Line));

        var (status, metadata) = await server.GetAsync("/v2");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("mlaspire-inference", (string?)metadata!["name"]);
        Assert.Equal("1.0.0", (string?)metadata["version"]);
        Json.Equal("""{"live":true}""", (await server.GetAsync("/v2/health/live")).Body);
        var warnings = string.Join("; ", server.Logs.Events.Where(each => each.Level >= LogLevel.Warning).Select(each => each.Message));
        Assert.True(warnings.Length == 0, warnings);
        Json.Equal("""{"ready":true}""", (await server.GetAsync("/v2/health/ready")).Body);
        Json.Equal("""{"models":["line","other"]}""", (await server.GetAsync("/v2/models")).Body);
        Json.Equal("""{"name":"line","ready":true}""", (await server.GetAsync("/v2/models/line/ready")).Body);
        Json.Equal("""{"name":"line","ready":true}""", (await server.GetAsync("/v2/models/line/versions/1/ready")).Body);
    }

    [Fact]
    public async Task Model_metadata_comes_from_the_ONNX_file_when_there_is_no_config()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ModelFolder.Line.ToBytes()));
        var expected = $$$"""
            {"name":"line","versions":["1"],"platform":"onnxruntime_onnx",
             "inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}],
             "properties":{"sha256":"{{{hash}}}"}}
            """;
        Json.Equal(expected, (await server.GetAsync("/v2/models/line")).Body);
        Json.Equal(expected, (await server.GetAsync("/v2/models/line/versions/1")).Body);
    }

    [Fact]
    public async Task Infer_answers_what_the_model_computes()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        var (status, body) = await server.PostAsync(Infer, """{"id":"7","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[[0,1],[-2.5,1e3]]}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        // 2*0+1, 2*1+1, 2*-2.5+1, 2*1000+1
        Json.Equal("""{"model_name":"line","model_version":"1","id":"7","outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[1,3,-4,2001]}]}""", body);
    }

    [Theory]
    [InlineData("", "body", "not JSON")]
    [InlineData("{", "body", "not JSON")]
    [InlineData("[]", "body", "object")]
    [InlineData("{}", "inputs", "missing")]
    [InlineData("""{"inputs":{}}""", "inputs", "array")]
    [InlineData("""{"inputs":[]}""", "inputs", "'x'")]
    [InlineData("""{"inputs":[1]}""", "inputs[0]", "object")]
    [InlineData("""{"inputs":[{"shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].name", "missing")]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape", "missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"data":[1,2]}]}""", "inputs[0].datatype", "missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32"}]}""", "inputs[0].data", "missing")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"fp32","data":[1,2]}]}""", "inputs[0].datatype", "fp32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP64","data":[1,2]}]}""", "inputs[0].datatype", "FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""", "inputs[0].shape", "[-1,2]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape", "[-1,2]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[-1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape", "negative")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1.5,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape[0]", "integers")]
    [InlineData("""{"inputs":[{"name":"x","shape":[9223372036854775807,9223372036854775807],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape", "elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1]}]}""", "inputs[0].data", "1 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}""", "inputs[0].data", "more elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,"2"]}]}""", "inputs[0].data[1]", "string")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1e39,2]}]}""", "inputs[0].data[0]", "FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[null,2]}]}""", "inputs[0].data[0]", "null")]
    [InlineData("""{"inputs":[{"data":[1,true],"name":"x","shape":[1,2],"datatype":"FP32"}]}""", "inputs[0].data[1]", "boolean")]
    [InlineData("""{"inputs":[{"name":"z","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].name", "'x'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[1].name", "twice")]
    [InlineData("""{"inputs":[{"name":"x","name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0]", "twice")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"z"}]}""", "outputs[0].name", "'y'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"},{"name":"y"}]}""", "outputs[1].name", "twice")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"id":7}""", "id", "string")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"a":[]}}""", "parameters.a", "parameter")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"triton_x":1}}""", "parameters.triton_x", "reserved")]
    [InlineData("""{"inputs":[{"name":"\ud800","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].name", "Unicode")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}x""", "body", "not JSON")]
    public async Task A_wrong_request_is_400_and_names_the_field(string request, string field, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        var (status, body) = await server.PostAsync(Infer, request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = (string?)body!["error"];
        Assert.StartsWith(field + ": ", error, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v2/models/nothing", 404)]
    [InlineData("GET", "/v2/models/nothing/ready", 404)]
    [InlineData("POST", "/v2/models/nothing/infer", 404)]
    [InlineData("GET", "/v2/models/line/versions/2", 404)]
    [InlineData("GET", "/v2/models/line/versions/x/ready", 404)]
    [InlineData("GET", "/v2/nothing", 404)]
    [InlineData("GET", "/V2/nothing", 404)]
    [InlineData("GET", Infer, 405)]
    [InlineData("POST", "/v2", 405)]
    public async Task What_is_not_there_is_an_error_object(string method, string path, int status)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
        {
            request.Content = new StringContent("""{"inputs":[]}""");
        }

        using var response = await server.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Matches("^\\{\"error\":\".+\"\\}$", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task NaN_and_the_infinities_travel_as_strings_and_bare_words_are_understood()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        var (status, body) = await server.PostAsync(Infer, """{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":["NaN","Infinity",-Infinity,NaN]}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Json.Equal("""["NaN","Infinity","-Infinity","NaN"]""", body!["outputs"]![0]!["data"]);
    }

    [Theory]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[[NaN],[1]]}]}""", true)]
    [InlineData("""{"inputs":[{"name":"x","data":[1,-Infinity],"datatype":"FP32","shape":[1,2]}]}""", true)]
    [InlineData("""{"id":NaN,"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""", false)]
    [InlineData("""{"id":"a","inputs":[{"name":NaN,"datatype":"FP32","shape":[1,2],"data":[1,NaN]}]}""", false)]
    [InlineData("""{"parameters":{"free":Infinity},"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""", false)]
    [InlineData("""{"free":NaN,"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""", false)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"free":[NaN]}]}""", false)]
    [InlineData("""{"inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":[NaN]}]}""", false)]
    [InlineData("""{"inputs":[{"name":"text","data":[NaN],"datatype":"BYTES","shape":[1]}]}""", false)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}NaN""", false)]
    public async Task A_bare_word_may_be_an_element_of_floating_point_data_and_nothing_else(string request, bool isRead)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line)
            .Add("text", new OnnxModel().Input("text", OnnxType.Str, -1).Output("y", OnnxType.Str, -1).Node("Identity", ["text"], ["y"])));

        var (status, body) = await server.PostAsync(request.Contains("text", StringComparison.Ordinal) ? "/v2/models/text/infer" : Infer, request);

        Assert.Equal((isRead ? HttpStatusCode.OK : HttpStatusCode.BadRequest, isRead ? null : "body"), (status, (string?)body!["field"]));
    }
}
