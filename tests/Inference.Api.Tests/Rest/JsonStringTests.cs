using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Rest;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Tests.Rest;

[Collection(nameof(Alone))]
public sealed class JsonStringTests
{
    private const int Longest = 166_666_666; // bytes, of System.Text.Json

    [Fact]
    public void A_string_that_JSON_does_not_take_is_refused_and_the_longest_is_written()
    {
        var data = new byte[sizeof(uint) + Longest + 1];
        Array.Fill(data, (byte)'a');

        var output = Write(data, Longest);
        Assert.Equal(Longest + 4, output.WrittenCount); // ["..."]
        var error = Assert.Throws<ServiceError>(() => Write(data, Longest + 1));

        Assert.Equal(
            (ErrorCode.InvalidArgument, "element 0 of output 'y' has 166666667 bytes, in JSON at most 166666666; ask for the output with binary_data", "outputs"),
            (error.Code, error.Message, error.Errors.Single().Field));
    }

    private static ArrayBufferWriter<byte> Write(byte[] data, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(data, length);
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        JsonTensorWriter.Write(writer, new Tensor("y", DataType.Bytes, [1], data.AsMemory(0, sizeof(uint) + length)));
        writer.Flush();
        return output;
    }
}
