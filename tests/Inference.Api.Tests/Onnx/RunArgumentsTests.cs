using System.Runtime.InteropServices;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Tests.Onnx;

public sealed class RunArgumentsTests
{
    [Fact]
    public void Cleared_it_holds_nothing_of_the_run_before_also_when_that_could_not_be_set_whole()
    {
        using var arguments = new RunArguments(inputs: 2);
        var x = new Tensor("x", DataType.Fp32, [1, 2], MemoryMarshal.AsBytes([1f, 2f]).ToArray());

        arguments.Set([x, x]);
        Assert.Equal(["x", "x"], arguments.Names);
        Assert.Equal([2f, 1f], [arguments.Values[1].GetTensorDataAsSpan<float>()[1], arguments.Values[0].GetTensorDataAsSpan<float>()[0]]);
        arguments.Clear();
        Assert.Equal((string?[])[null, null], arguments.Names);
        Assert.All(arguments.Values, Assert.Null);

        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.Set(new List<Tensor> { x }));
        arguments.Clear();
        Assert.All(arguments.Values, Assert.Null);
    }
}
