using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>The run that CUDA models take, with memory of the CPU in the place of pinned memory.</summary>
public sealed class OutputBindingTests
{
    private static readonly OnnxModel Model = new OnnxModel()
        .Input("x", OnnxType.F32, -1).Input("s", OnnxType.Str, -1)
        .Output("negated", OnnxType.F32, -1).Output("text", OnnxType.Str, -1)
        .Node("Neg", ["x"], ["negated"]).Node("Identity", ["s"], ["text"]);

    [Theory]
    [InlineData(new[] { 1f, -2f, float.NaN }, new[] { "a", "β" })]
    [InlineData(new float[0], new[] { "" })]
    public void Bound_outputs_come_in_the_order_asked_for_numbers_strings_and_nothing_alike(float[] numbers, string[] texts)
    {
        using var session = new InferenceSession(Model.ToBytes());
        using var binding = new OutputBinding(Memory(), new HashSet<string> { "text" });
        using var options = new RunOptions();
        using var x = OrtValue.CreateTensorValueFromMemory(numbers, [numbers.Length]);
        using var s = OrtValue.CreateFromStringTensor(new DenseTensor<string>(texts, [texts.Length]));

        using var outputs = binding.Run(session, options, (["s", "x"], [s, x]), ["text", "negated"]);

        Assert.Equal(texts, outputs[0].GetStringTensorAsArray());
        Assert.Equal(numbers.Select(number => -number), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void A_bound_run_can_be_stopped()
    {
        using var session = new InferenceSession(ModelFolder.Loop.ToBytes());
        using var binding = new OutputBinding(Memory(), new HashSet<string>());
        using var options = new RunOptions { Terminate = true };
        using var n = OrtValue.CreateTensorValueFromMemory((long[])[1_000_000], [1]);
        using var x = OrtValue.CreateTensorValueFromMemory((float[])[1], [1]);

        Assert.Throws<OnnxRuntimeException>(() => binding.Run(session, options, (["n", "x"], [n, x]), ["y"]));
    }

    private static OrtMemoryInfo Memory() => new(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);
}
