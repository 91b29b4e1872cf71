using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>What one run of a session is called with. Between <see cref="Clear"/> and <see cref="Set"/> it holds nothing of any request, so that the next run can have it. Not thread-safe.</summary>
/// <param name="inputs">How many the model has.</param>
internal sealed class RunArguments(int inputs) : IDisposable
{
    private readonly MemoryHandle[] pins = new MemoryHandle[inputs];

    public RunOptions Options { get; } = new();

    public string[] Names { get; } = new string[inputs];

    public OrtValue[] Values { get; } = new OrtValue[inputs];

    /// <summary>Points at the memory of <paramref name="tensors"/>, as many as the model has inputs, and keeps it in place.</summary>
    public void Set(IReadOnlyList<Tensor> tensors)
    {
        for (var i = 0; i < inputs; i++)
        {
            Names[i] = tensors[i].Name;
            Values[i] = OrtTensors.ToOrtValue(tensors[i], out pins[i]);
        }
    }

    /// <summary>Lets go of the memory, also when <see cref="Set"/> failed half-way.</summary>
    public void Clear()
    {
        for (var i = 0; i < inputs; i++)
        {
            Values[i]?.Dispose();
            pins[i].Dispose();
        }

        Array.Clear(Names);
        Array.Clear(Values);
        Array.Clear(pins);
    }

    public void Dispose() => Options.Dispose();
}
