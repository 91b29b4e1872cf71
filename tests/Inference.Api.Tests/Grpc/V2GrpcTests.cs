using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Grpc;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests.Grpc;

public sealed class V2GrpcTests
{
    [Fact]
    public void The_service_s_name_is_that_of_its_description() => Assert.Equal(GrpcInferenceService.Name, GRPCInferenceService.Descriptor.FullName);

    [Fact]
    public async Task Health_and_metadata()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Config("empty", "{}"));

        Assert.True((await server.Grpc.ServerLiveAsync(new())).Live);
        Assert.True((await server.Grpc.ServerReadyAsync(new())).Ready);
        Assert.True((await server.Grpc.ModelReadyAsync(new() { Name = "line" })).Ready);
        Assert.False((await server.Grpc.ModelReadyAsync(new() { Name = "empty" })).Ready);
        Assert.Equal("mlaspire-inference", (await server.Grpc.ServerMetadataAsync(new())).Name);
        var expected = new ModelMetadataResponse
        {
            Name = "line",
            Versions = { "1" },
            Platform = "onnxruntime_onnx",
            Inputs = { new ModelMetadataResponse.Types.TensorMetadata { Name = "x", Datatype = "FP32", Shape = { -1, 2 } } },
            Outputs = { new ModelMetadataResponse.Types.TensorMetadata { Name = "y", Datatype = "FP32", Shape = { -1, 2 } } },
            Properties = { ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ModelFolder.Line.ToBytes())) },
        };
        Assert.Equal(expected, await server.Grpc.ModelMetadataAsync(new() { Name = "line" }));
    }

    [Fact]
    public async Task The_callers_baggage_names_the_request()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        using var call = server.Grpc.ServerLiveAsync(new(), new Metadata { { "baggage", "correlation_id=flight-7" } });

        Assert.Equal("flight-7", (await call.ResponseHeadersAsync).GetValue("x-correlation-id"));
        Assert.True((await call).Live);
    }

    [Fact]
    public async Task Infer_takes_contents_or_raw_and_answers_raw()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        var contents = Request();
        contents.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 0, 1, -2.5f, 1000 } };
        var raw = Request();
        raw.RawInputContents.Add(Bytes(0, 1, -2.5f, 1000));

        var expected = new ModelInferResponse
        {
            ModelName = "line",
            ModelVersion = "1",
            Id = "7",
            Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 2, 2 } } },
            RawOutputContents = { Bytes(1, 3, -4, 2001) }, // 2x + 1
        };
        Assert.Equal(expected, await server.Grpc.ModelInferAsync(contents));
        Assert.Equal(expected, await server.Grpc.ModelInferAsync(raw));
    }

    [Fact]
    public async Task Errors_have_the_status_of_the_table()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Config("empty", "{}"));

        await FailsAsync(StatusCode.NotFound, "unknown model", Request("nothing"));
        var (shown, sixtyFour) = (new string('n', 64), new string('n', 100_000)); // of a caller's text 64 characters are said back
        await FailsAsync(StatusCode.NotFound, $"unknown model '{shown}...'", Request(sixtyFour));
        var version = Request();
        version.ModelVersion = sixtyFour;
        await FailsAsync(StatusCode.NotFound, $"has no version '{shown}...'", version);
        await FailsAsync(StatusCode.Unavailable, "not ready", Request("empty"));
        await FailsAsync(StatusCode.InvalidArgument, "inputs[0].contents.fp32_contents: 0 elements, the shape calls for 4", Request());
        var both = Request();
        both.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 2, 3, 4 } };
        both.RawInputContents.Add(Bytes(1, 2, 3, 4));
        await FailsAsync(StatusCode.InvalidArgument, "inputs[0].contents: must be empty", both);
        var wrongField = Request();
        wrongField.Inputs[0].Contents = new InferTensorContents { Fp64Contents = { 1, 2, 3, 4 } };
        await FailsAsync(StatusCode.InvalidArgument, "belong into fp32_contents", wrongField);
        var cut = Request();
        cut.RawInputContents.Add(ByteString.CopyFrom(1, 2, 3));
        await FailsAsync(StatusCode.InvalidArgument, "inputs[0]: the data has 3 bytes", cut);

        async Task FailsAsync(StatusCode code, string says, ModelInferRequest request)
        {
            var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(request));
            Assert.Equal(code, error.StatusCode);
            Assert.Contains(says, error.Status.Detail, StringComparison.Ordinal);
        }
    }

    private static ModelInferRequest Request(string model = "line") => new()
    {
        ModelName = model,
        Id = "7",
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 2, 2 } } },
    };

    private static ByteString Bytes(params float[] values) => ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
}
