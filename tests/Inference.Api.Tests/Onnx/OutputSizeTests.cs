using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>The arithmetic alone: 2,146,435,072 = 2^31 - 2^20 bytes are the most, and an output above needs as much memory.</summary>
public sealed class OutputSizeTests
{
    [Theory]
    [InlineData("UINT8", 2_146_435_072)]
    [InlineData("BOOL", 2_146_435_072)]
    [InlineData("FP16", 1_073_217_536)]
    [InlineData("FP32", 536_608_768)]
    [InlineData("INT64", 268_304_384)]
    [InlineData("BYTES", 536_608_768)] // each has a length of 4 bytes before it
    public void The_largest_output_fits_and_one_more_element_does_not(string name, long elements)
    {
        Assert.True(DataTypeNames.TryParse(name, out var type));
        OrtTensors.RequireRoom("y", elements, type, OrtTensors.MaxOutputBytes);

        foreach (var more in (long[])[elements + 1, 1L << 31, (1L << 32) - 1, 1L << 32, (1L << 32) + 8, long.MaxValue])
        {
            var error = Assert.Throws<ServiceError>(() => OrtTensors.RequireRoom("y", more, type, OrtTensors.MaxOutputBytes));
            Assert.Equal((ErrorCode.InvalidArgument, $"the outputs are larger than 2146435072 bytes: output 'y' has {more} elements of {name}"), (error.Code, error.Message));
        }
    }

    [Fact]
    public void What_the_outputs_before_have_taken_is_not_there()
    {
        OrtTensors.RequireRoom("y", 25, DataType.Fp32, left: 103);

        Assert.Throws<ServiceError>(() => OrtTensors.RequireRoom("y", 26, DataType.Fp32, left: 103));
        Assert.Throws<ServiceError>(() => OrtTensors.RequireRoom("y", 1, DataType.UInt8, left: 0));
        OrtTensors.RequireRoom("y", 0, DataType.UInt8, left: 0);
    }

    [Fact]
    public void Strings_take_their_bytes_and_not_only_their_lengths()
    {
        using var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [2]);
        value.StringTensorSetElementAt("hello"u8, 0);
        value.StringTensorSetElementAt(""u8, 1);

        // 4 + 5 and 4 + 0 bytes
        Assert.Equal([5, 0, 0, 0, (byte)'h', (byte)'e', (byte)'l', (byte)'l', (byte)'o', 0, 0, 0, 0], OrtTensors.ToTensor("y", value, left: 13).Data.ToArray());
        var error = Assert.Throws<ServiceError>(() => OrtTensors.ToTensor("y", value, left: 12));
        Assert.Equal((ErrorCode.InvalidArgument, "the outputs are larger than 2146435072 bytes: output 'y' has 2 elements of BYTES"), (error.Code, error.Message));
    }
}
