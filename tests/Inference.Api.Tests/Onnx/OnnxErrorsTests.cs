using MlAspire.Inference.Api.Onnx;

namespace MlAspire.Inference.Api.Tests.Onnx;

public sealed class OnnxErrorsTests
{
    private const long MachineBytes = 1_000_000_000;

    [Theory]
    [InlineData("[ErrorCode:InvalidArgument] Got invalid dimensions for input: x", "InvalidArgument")]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Add node. Attempting to broadcast an axis by a dimension other than 1. 2 by 3", "InvalidArgument")]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running Gather node. indices element out of data bounds", "InvalidArgument")]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Expand node. Failed to allocate memory for requested buffer of size 1000000000", "Overloaded")]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Expand node. Failed to allocate memory for requested buffer of size 1000000001", "InvalidArgument")]
    [InlineData("[ErrorCode:RuntimeException] Non-zero status code returned while running Expand node. Failed to allocate memory for requested buffer of size 18446744073709551615", "InvalidArgument")]
    [InlineData("[ErrorCode:RuntimeException] std::bad_alloc", "Overloaded")]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running MatMul node. Available memory of 1024 is smaller than requested bytes of 4096", "Overloaded")]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running MatMul node. Available memory of 1024 is smaller than requested bytes of 1000000001", "InvalidArgument")]
    [InlineData("[ErrorCode:Fail] CUDA failure 2: out of memory ; GPU=0 ; hostname=gpu-7 ; expr=cudaMalloc(&p, size);", "Overloaded")]
    [InlineData("[ErrorCode:Fail] CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0", "Overloaded")]
    [InlineData("[ErrorCode:Fail] CUDA failure 201: invalid device context ; GPU=0", null)]
    [InlineData("[ErrorCode:Fail] Non-zero status code returned while running Conv node. CUDNN failure 4: CUDNN_STATUS_INTERNAL_ERROR ; GPU=0", null)]
    [InlineData("[ErrorCode:Fail] CUDA failure 700: an illegal memory access was encountered ; GPU=0", null)]
    [InlineData("[ErrorCode:EngineError] anything", null)]
    [InlineData("[ErrorCode:NotImplemented] anything", null)]
    [InlineData("[ErrorCode:InvalidGraph] anything", null)]
    [InlineData("no code at all", null)]
    public void What_the_inputs_caused_is_the_callers_fault_and_memory_that_others_have_passes(string message, string? code) => Assert.Equal(code, OnnxErrors.OfRun(message, MachineBytes)?.ToString());

    [Theory]
    [InlineData("[ErrorCode:RuntimeException] CUDA failure 2: out of memory ; GPU=0 ; hostname=gpu-7 ; expr=x", true)]
    [InlineData("[ErrorCode:RuntimeException] CUDA failure 999: unknown error ; GPU=0 ; hostname=gpu-7 ; expr=x", true)]
    [InlineData("[ErrorCode:RuntimeException] Failed to allocate memory for requested buffer of size 7", true)]
    [InlineData("[ErrorCode:Fail] Available memory of 1 is smaller than requested bytes of 7", true)]
    [InlineData("[ErrorCode:InvalidGraph] Load model failed", false)]
    public void A_load_that_the_machine_or_its_device_failed_may_pass_and_no_message_names_the_machine(string message, bool expected)
    {
        Assert.Equal(expected, OnnxErrors.MayPass(message));
        Assert.DoesNotContain("gpu-7", OnnxErrors.Clean(message), StringComparison.Ordinal);
    }
}
