using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>What one run of a session is called with. Between <see cref="Clear"/> and <see cref="Set"/> it holds nothing of any request, so that the next run can have it. Not thread-safe.</summary>
internal sealed class RunArguments : IDisposable
{
    private readonly int inputs;
    private readonly MemoryHandle[] pins;

    /// <param name="inputs">How many the model has.</param>
    /// <param name="withGraphs">The session captures CUDA graphs; not of these runs, whose memory is another each time.</param>
    public RunArguments(int inputs, bool withGraphs = false)
    {
        this.inputs = inputs;
        (pins, Names, Values) = (new MemoryHandle[inputs], new string[inputs], new OrtValue[inputs]);
        if (withGraphs)
        {
            Options.AddRunConfigEntry(CudaGraphs.GraphId, CudaGraphs.NoGraph);
        }
    }

    public RunOptions Options { get; } = new();

    public string[] Names { get; }

    public OrtValue[] Values { get; }

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
