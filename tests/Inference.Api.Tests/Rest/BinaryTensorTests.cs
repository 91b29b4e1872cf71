using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Rest;

public sealed class BinaryTensorTests : IAsyncLifetime
{
    private InferenceServer server = null!;

    public async ValueTask InitializeAsync() => server = await InferenceServer.StartAsync(models => models
        .Add("two", new OnnxModel().Input("a", OnnxType.F32, -1).Input("b", OnnxType.F32, -1).Output("sum", OnnxType.F32, -1).Output("product", OnnxType.F32, -1)
            .Node("Add", ["a", "b"], ["sum"]).Node("Mul", ["a", "b"], ["product"]))
        .Add("line", ModelFolder.Line)
        .Add("rows", ModelFolder.Line, """{"max_batch_size":4}""")
        .Add("text", new OnnxModel().Input("x", OnnxType.Str, 1).Output("y", OnnxType.Str, 1).Node("Identity", ["x"], ["y"])));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Inputs_may_mix_and_each_output_chooses()
    {
        var (status, json, binary) = await BinaryRequest.SendAsync(server.Http, "two", """
            {"parameters":{"binary_data_output":true},
             "inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[1,2]},{"name":"b","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}],
             "outputs":[{"name":"sum"},{"name":"product","parameters":{"binary_data":false}}]}
            """, BinaryRequest.Floats(10, 20));

        Assert.Equal(200, status);
        Json.Equal("""
            {"model_name":"two","model_version":"1","outputs":[
             {"name":"sum","datatype":"FP32","shape":[2],"parameters":{"binary_data_size":8}},{"name":"product","datatype":"FP32","shape":[2],"data":[10,40]}]}
            """, json);
        Assert.Equal(BinaryRequest.Floats(11, 22), binary);
    }

    [Fact]
    public async Task Binary_parts_follow_in_the_order_of_the_inputs_at_any_alignment()
    {
        // The JSON's length decides where the floats start: each of the four alignments must give the same answer.
        for (var padding = 0; padding < 4; padding++)
        {
            var (status, json, _) = await BinaryRequest.SendAsync(server.Http, "two", """
                {"inputs":[{"name":"b","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"outputs":[{"name":"sum"}]}
                """ + new string(' ', padding), BinaryRequest.Floats(1, 2, 10, 20.5f));

            Assert.Equal(200, status);
            Json.Equal("[11,22.5]", json!["outputs"]![0]!["data"]);
        }
    }

    [Fact]
    public async Task A_raw_request_is_only_the_bytes()
    {
        var (status, json, binary) = await BinaryRequest.SendAsync(server.Http, "line", "", BinaryRequest.Floats(0, 1, 2, 3), header: "0");
        Assert.Equal(200, status);
        Json.Equal("""[{"name":"y","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}}]""", json!["outputs"]);
        Assert.Equal(BinaryRequest.Floats(1, 3, 5, 7), binary); // 2x + 1

        (status, json, binary) = await BinaryRequest.SendAsync(server.Http, "rows", "", BinaryRequest.Floats(0, 1), header: "0");
        Assert.Equal((200, "[1,2]"), (status, json!["outputs"]![0]!["shape"]!.ToJsonString()));
        Assert.Equal(BinaryRequest.Floats(1, 3), binary);

        (status, _, binary) = await BinaryRequest.SendAsync(server.Http, "text", "", "hi"u8.ToArray(), header: "0");
        Assert.Equal(200, status);
        Assert.Equal([2, 0, 0, 0, (byte)'h', (byte)'i'], binary);
    }

    [Theory]
    [InlineData("line", 12, "body: 12 bytes are no whole number")]
    [InlineData("rows", 16, "body: the data has 16 bytes")]
    [InlineData("two", 8, "body: a raw request needs a model with one input")]
    public async Task A_raw_request_that_does_not_fit_is_400(string model, int bytes, string says)
    {
        var (status, json, _) = await BinaryRequest.SendAsync(server.Http, model, "", new byte[bytes], header: "0");

        Assert.Equal(400, status);
        Assert.StartsWith(says, (string?)json!["error"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 4, null, "inputs[0].parameters.binary_data_size: 8 bytes announced, 4 are left")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 12, null, "body: 4 bytes are left")]
    [InlineData("\"parameters\":{\"binary_data_size\":4}", 4, null, "inputs[0]: the data has 4 bytes")]
    [InlineData("\"parameters\":{\"binary_data_size\":-1}", 8, null, "inputs[0].parameters.binary_data_size: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":\"8\"}", 8, null, "inputs[0].parameters.binary_data_size: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":8},\"data\":[1,2]", 8, null, "inputs[0]: has both")]
    [InlineData("\"parameters\":{\"shared_memory_region\":\"r\"}", 8, null, "inputs[0].parameters.shared_memory_region: shared memory")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 8, "x", "Inference-Header-Content-Length: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 8, "-5", "Inference-Header-Content-Length: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 8, "1000000", "Inference-Header-Content-Length: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 8, "99999999999999999999", "Inference-Header-Content-Length: must be")]
    [InlineData("\"parameters\":{\"binary_data_size\":8}", 8, "10", "body: the body is not JSON")]
    public async Task Bytes_that_do_not_fit_are_400(string rest, int bytes, string? header, string says)
    {
        var (status, json, _) = await BinaryRequest.SendAsync(server.Http, "line", $$"""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32",{{rest}}}]}""", new byte[bytes], header);

        Assert.Equal(400, status);
        Assert.StartsWith(says, (string?)json!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_string_that_is_not_UTF_8_cannot_be_answered_as_JSON_but_as_bytes()
    {
        const string request = """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}],"parameters":{"binary_data_output":$}}""";
        byte[] element = [1, 0, 0, 0, 0xFF];

        var (status, json, _) = await BinaryRequest.SendAsync(server.Http, "text", request.Replace("$", "false", StringComparison.Ordinal), element);
        Assert.Equal((400, "outputs: element 0 of output 'y' is not UTF-8; ask for the output with binary_data"), (status, (string?)json!["error"]));
        (status, _, var binary) = await BinaryRequest.SendAsync(server.Http, "text", request.Replace("$", "true", StringComparison.Ordinal), element);
        Assert.Equal(200, status);
        Assert.Equal(element, binary);
    }

    [Fact]
    public async Task A_BOOL_byte_other_than_0_and_1_and_a_cut_string_are_400()
    {
        await using var other = await InferenceServer.StartAsync(models => models.Add("flags", new OnnxModel().Input("x", OnnxType.Bool, -1).Output("y", OnnxType.Bool, -1).Node("Identity", ["x"], ["y"])));

        var (status, json, _) = await BinaryRequest.SendAsync(other.Http, "flags", """{"inputs":[{"name":"x","shape":[2],"datatype":"BOOL","parameters":{"binary_data_size":2}}]}""", [1, 2]);
        Assert.Equal((400, "inputs[0]: a BOOL must be 0 or 1"), (status, (string?)json!["error"]));
        (status, json, _) = await BinaryRequest.SendAsync(server.Http, "text", """{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}""", [2, 0, 0, 0, 65]);
        Assert.Equal((400, "inputs[0]: the last BYTES element is cut short"), (status, (string?)json!["error"]));
    }
}
