using MlAspire.Inference.Api.Onnx;

namespace MlAspire.Inference.Api.Tests.Onnx;

public sealed class OnnxErrorsTests
{
    [Theory]
    [InlineData("[ErrorCode:InvalidArgument] Got invalid dimensions for input: x", true)]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Add node. Attempting to broadcast an axis by a dimension other than 1. 2 by 3", true)]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running Gather node. indices element out of data bounds", true)]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Expand node. Failed to allocate memory for requested buffer of size 4000000000000", false)]
    [InlineData("[ErrorCode:RuntimeException] std::bad_alloc", false)]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running Conv node. CUDNN failure 4: CUDNN_STATUS_INTERNAL_ERROR ; GPU=0", false)]
    [InlineData("[ErrorCode:Fail] CUDA failure 700: an illegal memory access was encountered ; GPU=0", false)]
    [InlineData("[ErrorCode:EngineError] anything", false)]
    [InlineData("[ErrorCode:NotImplemented] anything", false)]
    [InlineData("[ErrorCode:InvalidGraph] anything", false)]
    [InlineData("no code at all", false)]
    public void Only_what_the_inputs_caused_is_the_callers_fault(string message, bool ofInputs) => Assert.Equal(ofInputs, OnnxErrors.IsOfInputs(message));
}
