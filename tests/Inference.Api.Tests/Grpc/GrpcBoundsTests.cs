using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Grpc;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using Input = MlAspire.Inference.Api.Protos.ModelInferRequest.Types.InferInputTensor;
using Output = MlAspire.Inference.Api.Protos.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace MlAspire.Inference.Api.Tests.Grpc;

[Collection(nameof(Alone))]
public sealed class GrpcBoundsTests
{
    private static readonly Marshaller<byte[]> Bytes = new(bytes => bytes, bytes => bytes);

    public static TheoryData<string, byte[]> TooMany => new()
    {
        { "inputs: more than 2 tensors", new ModelInferRequest { Inputs = { new Input(), new Input(), new Input() } }.ToByteArray() },
        { "outputs: more than 2 tensors", new ModelInferRequest { Outputs = { new Output(), new Output(), new Output() } }.ToByteArray() },
        { "raw_input_contents: more than 2 tensors", new ModelInferRequest { RawInputContents = { ByteString.Empty, ByteString.Empty, ByteString.Empty } }.ToByteArray() },
        { "parameters: more than 1024 parameters", WithParameters(new ModelInferRequest(), request => request.Parameters).ToByteArray() },
        { "inputs[1].parameters: more than 1024 parameters", new ModelInferRequest { Inputs = { new Input(), WithParameters(new Input(), input => input.Parameters) } }.ToByteArray() },
        { "outputs[0].parameters: more than 1024 parameters", new ModelInferRequest { Outputs = { WithParameters(new Output(), output => output.Parameters) } }.ToByteArray() },
        { "inputs[0].shape: more than 16 dimensions", new ModelInferRequest { Inputs = { new Input { Shape = { Enumerable.Repeat(1L, 161) } } } }.ToByteArray() },
    };

    [Theory]
    [MemberData(nameof(TooMany))]
    public async Task What_is_there_too_often_is_named(string expected, byte[] message)
    {
        await using var server = await StartAsync();

        var error = await RefusedAsync(server, message);

        Assert.Equal((StatusCode.InvalidArgument, expected), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task As_much_as_may_be_is_read()
    {
        await using var server = await StartAsync();
        var request = new ModelInferRequest { ModelName = "none", Inputs = { new Input { Name = "x" }, new Input { Shape = { Enumerable.Repeat(1L, 16) } } }, Outputs = { new Output(), new Output() } };
        for (var i = 0; i < TensorCheck.MaxNames; i++)
        {
            request.Parameters[$"{i}"] = new InferParameter { BoolParam = true };
        }

        Assert.Equal(StatusCode.NotFound, (await RefusedAsync(server, request.ToByteArray())).StatusCode);
    }

    [Theory]
    [InlineData(0x2a)] // inputs[]
    [InlineData(0x32)] // outputs[]
    [InlineData(0x3a)] // raw_input_contents[]
    public async Task Four_megabytes_of_empty_tensors_are_refused_without_making_one(byte tag)
    {
        await using var server = await StartAsync();
        var message = Enumerable.Range(0, 2 << 20).SelectMany(_ => new[] { tag, (byte)0 }).ToArray();
        await RefusedAsync(server, message); // what a first call makes
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var error = await RefusedAsync(server, message);

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.True(allocated < 10 * message.Length, $"{allocated} bytes for a message of {message.Length}");
    }

    [Fact]
    public async Task Fields_that_nobody_knows_are_not_kept()
    {
        await using var server = await StartAsync();
        var message = UnknownFields(4 << 20); // each another one
        await RefusedAsync(server, message);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var error = await RefusedAsync(server, message);

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal(StatusCode.NotFound, error.StatusCode); // a model without a name
        Assert.True(allocated < 10 * message.Length, $"{allocated} bytes for a message of {message.Length}");
    }

    [Theory]
    [InlineData(new byte[] { 0x2b, 0x2c })] // a group
    [InlineData(new byte[] { 0x2a })] // no length
    [InlineData(new byte[] { 0x2a, 0x02, 0x00 })] // longer than the message
    [InlineData(new byte[] { 0x2a, 0x02, 0x1a, 0x05 })] // the same in an input
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })] // a number of eleven bytes
    public async Task What_is_no_message_is_the_caller_s_fault(byte[] message)
    {
        await using var server = await StartAsync();

        var error = await RefusedAsync(server, message);

        Assert.Equal((StatusCode.InvalidArgument, "the bytes are no ModelInferRequest"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task A_message_of_a_few_names_has_a_bound_of_its_own()
    {
        await using var server = await StartAsync();

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelMetadataAsync(new() { Name = new string('a', (1 << 20) - 8) }))).StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelMetadataAsync(new() { Name = new string('a', 1 << 20) }))).StatusCode);
    }

    private static Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.Configuration["Limits:MaxTensors"] = "2");

    private static async Task<RpcException> RefusedAsync(InferenceServer server, byte[] message)
    {
        var method = new Method<byte[], byte[]>(MethodType.Unary, GrpcInferenceService.Name, "ModelInfer", Bytes, Bytes);
        return await Assert.ThrowsAsync<RpcException>(async () => await server.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(), message));
    }

    private static T WithParameters<T>(T message, Func<T, IDictionary<string, InferParameter>> parameters)
    {
        for (var i = 0; i <= TensorCheck.MaxNames; i++)
        {
            parameters(message)[$"{i}"] = new InferParameter { BoolParam = true };
        }

        return message;
    }

    /// <summary>Fields with numbers from 1,000 on, each with the value 1.</summary>
    private static byte[] UnknownFields(int bytes)
    {
        using var stream = new MemoryStream(bytes + 16);
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        for (var field = 1000; output.Position < bytes; field++)
        {
            output.WriteTag(field, WireFormat.WireType.Varint);
            output.WriteInt32(1);
        }

        output.Flush();
        return stream.ToArray();
    }
}
