using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Tests;

/// <summary>The arithmetic alone: an input above takes as much memory. An array holds 2,147,483,591 = 2^31 - 57 bytes.</summary>
public sealed class ArraySizeTests
{
    [Theory]
    [InlineData("INT64", 268_435_448)]
    [InlineData("FP64", 268_435_448)]
    [InlineData("FP32", 536_870_897)]
    [InlineData("INT16", 1_073_741_795)]
    public void The_most_elements_that_an_array_holds_are_taken_and_one_more_is_the_callers_fault(string name, long elements)
    {
        Assert.True(DataTypeNames.TryParse(name, out var type));
        TensorCheck.RequireArray(type, elements, "inputs[0]");

        foreach (var more in (long[])[elements + 1, int.MaxValue])
        {
            var error = Assert.Throws<ServiceError>(() => TensorCheck.RequireArray(type, more, "inputs[0]"));
            Assert.Equal((ErrorCode.InvalidArgument, "more than 2147483591 bytes", "inputs[0].shape"), (error.Code, error.Errors.Single().Message, error.Errors.Single().Field));
        }
    }

    [Fact]
    public void Strings_and_bytes_have_no_size_of_their_own_here()
    {
        TensorCheck.RequireArray(DataType.Bytes, int.MaxValue, "inputs[0]");
        TensorCheck.RequireArray(DataType.UInt8, Array.MaxLength, "inputs[0]");
    }
}
