using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;
using MlAspire.Testing.OpenApi;
using MlAspire.V2Conformance;

namespace MlAspire.Inference.Api.Tests.OpenApi;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_of_every_conformance_model_is_valid_and_its_example_is_answered()
    {
        await using var server = await InferenceServer.StartAsync(models => ConformanceModels.Write(models.Path));
        string[] models = [.. (await server.GetAsync("/v2/models")).Body!["models"]!.AsArray().Select(name => (string)name!)];
        Assert.True(models.Length >= 18, $"{models.Length} models");

        foreach (var model in models)
        {
            var text = await server.Http.GetStringAsync($"/v2/models/{model}/openapi.json");
            ServiceDocument.AssertValid(model, text);
            var infer = JsonNode.Parse(text)!["paths"]![$"/v2/models/{model}/infer"]!["post"]!;
            var (status, answer) = await server.PostAsync($"/v2/models/{model}/infer", infer["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString());
            Assert.True(status == HttpStatusCode.OK, $"{model}: {answer?.ToJsonString()}");
            AssertFits(text, "infer_response", answer);
        }
    }

    [Theory]
    [InlineData("rows", 1, "plain", "")]
    [InlineData("rows", 1, "classified", ""","outputs":[{"name":"y","parameters":{"classification":2}}]""")]
    [InlineData("rows", 1, "classified, in bytes", ""","outputs":[{"name":"y","parameters":{"classification":2,"binary_data":true}}]""")]
    [InlineData("two", 2, "one classified, one not", ""","outputs":[{"name":"sum","parameters":{"classification":1}},{"name":"product"}]""")]
    [InlineData("two", 2, "one in bytes, one not", ""","outputs":[{"name":"sum","parameters":{"binary_data":true}},{"name":"product"}]""")]
    [InlineData("two", 2, "all in bytes", ""","parameters":{"binary_data_output":true}""")]
    public async Task Every_form_of_an_answer_fits_the_document_and_so_does_its_request(string model, int outputs, string form, string wanted)
    {
        await using var server = await InferenceServer.StartAsync(models => ConformanceModels.Write(models.Path));
        var document = await server.Http.GetStringAsync($"/v2/models/{model}/openapi.json");
        var request = model == "rows" ? $$"""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[0.5,3,1],[-1,-2,-0.25]]}]{{wanted}}}"""
            : $$"""{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[1,2]},{"name":"b","shape":[2],"datatype":"FP32","data":[10,"NaN"]}]{{wanted}}}""";
        AssertFits(document, "infer_request", JsonNode.Parse(request));

        using var response = await server.Http.PostAsync($"/v2/models/{model}/infer", new StringContent(request));

        var body = await response.Content.ReadAsByteArrayAsync();
        var jsonBytes = response.Headers.TryGetValues("Inference-Header-Content-Length", out var values) ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : body.Length;
        var answer = JsonNode.Parse(body.AsSpan(0, jsonBytes))!;
        Assert.True(response.IsSuccessStatusCode && answer["outputs"]!.AsArray().Count == outputs, $"{form}: {answer.ToJsonString()}");
        AssertFits(document, "infer_response", answer);
        foreach (var (field, wrong) in new (string, JsonNode)[] { ("datatype", "FP64"), ("shape", new JsonArray(1, 2, 3)), ("name", "z") })
        {
            var changed = answer.DeepClone();
            changed["outputs"]![0]![field] = wrong;
            Assert.NotEmpty(Violations(document, "infer_response", changed));
        }
    }

    [Fact]
    public async Task Names_datatypes_shapes_and_limits_are_those_of_the_model()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("two", new OnnxModel()
            .Input("image", OnnxType.U8, -1, 2, -1).Input("gain", OnnxType.F32, -1, 1).Output("y", OnnxType.F32, -1, 2, -1)
            .Node("Cast", ["image"], ["f"], ("to", 1L)).Node("Identity", ["f"], ["y"]), """{"max_batch_size":4}"""));

        var (_, document) = await server.GetAsync("/v2/models/two/versions/1/openapi.json");

        Assert.Equal(("3.1.1", "two", "1"), ((string)document!["openapi"]!, (string)document["info"]!["title"]!, (string)document["info"]!["version"]!));
        Assert.Contains("/v2/models/two/versions/1/infer", document["paths"]!.AsObject().Select(path => path.Key));
        var schemas = document["components"]!["schemas"]!;
        var image = schemas["input_0"]!["properties"]!;
        Json.Equal("""{"type":"string","enum":["image"]}""", image["name"]);
        Json.Equal("""{"type":"string","enum":["UINT8"]}""", image["datatype"]);
        Json.Equal("""
            {"type":"array","minItems":3,"maxItems":3,"items":{"type":"integer","minimum":0},
             "prefixItems":[{"type":"integer","minimum":1,"maximum":4,"description":"Rows."},{"type":"integer","minimum":2,"maximum":2},{"type":"integer","minimum":0}]}
            """, image["shape"]);
        Json.Equal("""{"$ref":"#/components/schemas/UINT8_data"}""", image["data"]);
        Json.Equal("""
            {"description":"UINT8 elements in row-major order, flat or nested.","type":"array","items":{"anyOf":[{"type":"integer","minimum":0,"maximum":255},{"$ref":"#/components/schemas/UINT8_data"}]}}
            """, schemas["UINT8_data"]);
        Json.Equal("""{"type":"array","maxItems":2,"minItems":2,"items":{"anyOf":[{"$ref":"#/components/schemas/input_0"},{"$ref":"#/components/schemas/input_1"}]}}""", schemas["infer_request"]!["properties"]!["inputs"]);
        Json.Equal("""
            {"id":"1","inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,1],"data":[0,0]},{"name":"gain","datatype":"FP32","shape":[1,1],"data":[0]}]}
            """, document["paths"]!["/v2/models/two/versions/1/infer"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]);
        Assert.Equal("200,400,404,413,429,500,503,504", string.Join(',', document["paths"]!["/v2/models/two/versions/1/infer"]!["post"]!["responses"]!.AsObject().Select(response => response.Key).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task An_example_that_would_be_too_large_is_left_out_and_a_name_is_escaped()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("large model", new OnnxModel().Input("x", OnnxType.F32, 4097).Output("y", OnnxType.F32, 4097).Node("Identity", ["x"], ["y"]))
            .Add("full", new OnnxModel().Input("x", OnnxType.F32, 4096).Output("y", OnnxType.F32, 4096).Node("Identity", ["x"], ["y"])));

        var (_, large) = await server.GetAsync("/v2/models/large%20model/openapi.json");
        var (_, full) = await server.GetAsync("/v2/models/full/openapi.json");

        Assert.Null(large!["paths"]!["/v2/models/large%20model/infer"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]);
        Assert.Equal(4096, full!["paths"]!["/v2/models/full/infer"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]!["inputs"]![0]!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_servers_document_is_valid_and_every_path_of_it_is_there()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));

        var text = await server.Http.GetStringAsync("/openapi.json");

        ServiceDocument.AssertValid("the server", text);
        foreach (var (path, item) in JsonNode.Parse(text)!["paths"]!.AsObject())
        {
            var real = path.Replace("{model}", "line", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
            foreach (var method in item!.AsObject().Select(operation => operation.Key).Where(key => key != "parameters"))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), real);
                using var response = await server.Http.SendAsync(request);
                Assert.False(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.InternalServerError, $"{method} {real}: {response.StatusCode}");
            }
        }
    }

    [Theory]
    [InlineData("/v2/models/nothing/openapi.json", HttpStatusCode.NotFound)]
    [InlineData("/v2/models/line/versions/2/openapi.json", HttpStatusCode.NotFound)]
    [InlineData("/v2/models/empty/openapi.json", HttpStatusCode.ServiceUnavailable)]
    public async Task A_model_that_does_not_serve_has_no_document(string path, HttpStatusCode expected)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Config("empty", "{}"));

        Assert.Equal(expected, (await server.GetAsync(path)).Status);
    }

    private static void AssertFits(string document, string schema, JsonNode? value)
    {
        var violations = Violations(document, schema, value);
        Assert.True(violations.Count == 0, $"{string.Join("; ", violations)} in {value?.ToJsonString()}");
    }

    private static IReadOnlyList<string> Violations(string document, string schema, JsonNode? value)
    {
        var root = JsonNode.Parse(document)!;
        return new JsonSchema(root).Violations(root["components"]!["schemas"]![schema]!, value);
    }
}
