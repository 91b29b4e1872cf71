using System.Net;
using System.Runtime.InteropServices;
using Google.Protobuf;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Config;

public sealed class ReshapeTests
{
    // https://github.com/triton-inference-server/server/blob/main/docs/examples/model_repository/densenet_onnx/config.pbtxt
    private const string Quickstart = """
        name: "densenet_onnx"
        platform: "onnxruntime_onnx"
        max_batch_size : 0
        input [
          {
            name: "data_0"
            data_type: TYPE_FP32
            format: FORMAT_NCHW
            dims: [ 3, 224, 224 ]
            reshape { shape: [ 1, 3, 224, 224 ] }
          }
        ]
        output [
          {
            name: "fc6_1"
            data_type: TYPE_FP32
            dims: [ 1000 ]
            reshape { shape: [ 1, 1000, 1, 1 ] }
            label_filename: "densenet_labels.txt"
          }
        ]
        """;

    /// <summary>Each row is transposed, and its number doubled. What requests call [2,1,n] and [1] are [2,n] and a scalar to the model.</summary>
    private const string Batched = """
        {"max_batch_size":4,"dynamic_batching":{},
         "input":[{"name":"x","data_type":"TYPE_FP32","dims":[2,1,-1],"reshape":{"shape":[2,-1]}},{"name":"n","data_type":"TYPE_FP32","dims":[1],"reshape":{"shape":[]}}],
         "output":[{"name":"y","data_type":"TYPE_FP32","dims":[-1,2,1],"reshape":{"shape":[-1,2]}},{"name":"twice","data_type":"TYPE_FP32","dims":[1],"reshape":{"shape":[]}}],
         "model_warmup":[{"batch_size":2,"inputs":{"x":{"data_type":"TYPE_FP32","dims":[2,1,5],"zero_data":true},"n":{"data_type":"TYPE_FP32","dims":[1],"zero_data":true}}}]}
        """;

    private static readonly OnnxModel Transpose = new OnnxModel()
        .Input("x", OnnxType.F32, -1, 2, -1).Input("n", OnnxType.F32, -1).Output("y", OnnxType.F32, -1, -1, 2).Output("twice", OnnxType.F32, -1)
        .Node("Transpose", ["x"], ["y"], ("perm", new long[] { 0, 2, 1 })).Node("Add", ["n", "n"], ["twice"]);

    /// <summary>The shapes of densenet: the mean of each channel, and class k has k times that of the second.</summary>
    private static OnnxModel Means => new OnnxModel()
        .Input("data_0", OnnxType.F32, 1, 3, 224, 224).Output("fc6_1", OnnxType.F32, 1, 1000, 1, 1)
        .Floats("weights", [.. Enumerable.Range(0, 3000).Select(i => i % 3 == 1 ? i / 3 : 0f)], 1000, 3, 1, 1)
        .Node("GlobalAveragePool", ["data_0"], ["means"]).Node("Conv", ["means", "weights"], ["fc6_1"]);

    [Fact]
    public async Task The_configuration_of_Triton_s_quickstart_serves_as_it_is()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("densenet_onnx", Means).File("densenet_onnx/config.pbtxt", Quickstart).File("densenet_onnx/densenet_labels.txt", string.Join('\n', Enumerable.Range(0, 1000).Select(i => $"label {i}"))));
        var metadata = await server.Grpc.ModelMetadataAsync(new ModelMetadataRequest { Name = "densenet_onnx" });
        Assert.Equal([3L, 224, 224], metadata.Inputs.Single().Shape);
        Assert.Equal([1000L], metadata.Outputs.Single().Shape);

        var request = new ModelInferRequest
        {
            ModelName = "densenet_onnx",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "data_0", Datatype = "FP32", Shape = { 3, 224, 224 } } },
            RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes(Enumerable.Range(0, 3 * 224 * 224).Select(i => (float)(i / (224 * 224))).ToArray().AsSpan())) },
        };
        var plain = await server.Grpc.ModelInferAsync(request);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "fc6_1", Parameters = { ["classification"] = new InferParameter { Int64Param = 1 } } });
        var classified = await server.Grpc.ModelInferAsync(request);

        Assert.Equal([1000L], plain.Outputs.Single().Shape);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (float)i), MemoryMarshal.Cast<byte, float>(plain.RawOutputContents.Single().Span).ToArray()); // the second channel is all 1
        Assert.Equal("999.000000:999:label 999", classified.RawOutputContents.Single().ToStringUtf8()[sizeof(uint)..]);
    }

    [Fact]
    public async Task Rows_stay_in_front_and_variable_dimensions_go_where_reshape_has_them()
    {
        // As requests give it, so does the golden file: one row of [2,1,1].
        const string Golden = """
            {"request":{"inputs":[{"name":"x","shape":[1,2,1,1],"datatype":"FP32","data":[8,9]},{"name":"n","shape":[1,1],"datatype":"FP32","data":[1]}]},
             "response":{"outputs":[{"name":"y","shape":[1,1,2,1],"datatype":"FP32","data":[8,9]},{"name":"twice","shape":[1,1],"datatype":"FP32","data":[2]}]}}
            """;
        await using var server = await InferenceServer.StartAsync(models => models.Add("transpose", Transpose, Batched).File("transpose/1/golden.json", Golden));

        var (status, body) = await server.PostAsync("/v2/models/transpose/infer",
            """{"inputs":[{"name":"x","shape":[2,2,1,3],"datatype":"FP32","data":[1,2,3,4,5,6,7,8,9,10,11,12]},{"name":"n","shape":[2,1],"datatype":"FP32","data":[5,7]}]}""");

        Assert.True(status == HttpStatusCode.OK, body!.ToJsonString());
        Json.Equal(
            """
            [{"name":"y","datatype":"FP32","shape":[2,3,2,1],"data":[1,4,2,5,3,6,7,10,8,11,9,12]},{"name":"twice","datatype":"FP32","shape":[2,1],"data":[10,14]}]
            """,
            body["outputs"]);
    }

    [Theory]
    [InlineData("[2,2]", "[2]", "input 'x' cannot be reshaped from dims [2,2] to [2]")]
    [InlineData("[-1]", "[-1,-1]", "input 'x' cannot be reshaped from dims [-1] to [-1,-1]")]
    [InlineData("[2,-1]", "[-1,2]", "input 'x' cannot be reshaped from dims [2,-1] to [-1,2]")] // 2 stands on the other side of what varies
    [InlineData("[0]", "[0]", "input 'x' cannot be reshaped from dims [0] to [0]")]
    [InlineData("[4294967296,4294967296]", "[]", "input 'x' cannot be reshaped from dims [4294967296,4294967296] to []")] // a product of 64 bits would be 0
    [InlineData("[1,3]", "[3]", "input 'x' has the shape [-1,3] in config and [-1,2] in the file")]
    public async Task A_reshape_that_cannot_be_is_refused_with_both_shapes(string dims, string reshape, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line,
            $$$"""{"max_batch_size":2,"input":[{"name":"x","data_type":"TYPE_FP32","dims":{{{dims}}},"reshape":{"shape":{{{reshape}}}}}]}"""));

        Assert.Contains(says, (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_is_not_what_reshape_says_is_a_failure_and_no_answer()
    {
        var same = new OnnxModel().Input("x", OnnxType.F32, -1, -1).Output("y", OnnxType.F32, -1, -1).Node("Identity", ["x"], ["y"]);
        await using var server = await InferenceServer.StartAsync(models => models.Add("same", same, """{"output":[{"name":"y","data_type":"TYPE_FP32","dims":[2],"reshape":{"shape":[1,2]}}]}"""));

        var (right, _) = await server.PostAsync("/v2/models/same/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        var (wrong, _) = await server.PostAsync("/v2/models/same/infer", """{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[1,2]}]}""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.InternalServerError), (right, wrong));
    }
}
