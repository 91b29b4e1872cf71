using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MlAspire.Benchmarks.Baselines;

/// <summary>ONNX Runtime by itself: one thread, the input in pinned memory, the output's memory taken once. Settings of the session as Inference.Api's.</summary>
internal sealed class RawRun : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly GCHandle pin;
    private readonly OrtValue input;
    private readonly OrtValue output;
    private readonly string[] inputNames;
    private readonly string[] outputNames;

    /// <param name="rows">Rows of one run.</param>
    public RawRun(string repository, BenchModel model, int rows = 1)
    {
        using var sessionOptions = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, EnableMemoryPattern = false };
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session = new InferenceSession(Path.Combine(repository, model.Name, "1", "model.onnx"), sessionOptions);
        inputNames = [model.InputName];
        outputNames = [model.OutputName];
        var values = Enumerable.Repeat(model.Values(), rows).SelectMany(row => row).ToArray();
        long[] shape = rows == 1 ? model.Input : [rows, .. model.Input[1..]];
        pin = GCHandle.Alloc(values, GCHandleType.Pinned);
        input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(), shape);
        using var first = session.Run(options, inputNames, [input], outputNames);
        var type = first[0].GetTensorTypeAndShape();
        output = OrtValue.CreateTensorValueFromMemory(new float[type.ElementCount], type.Shape);
    }

    /// <summary>Runs on the calling thread, again and again.</summary>
    public Load.Measured Loop(TimeSpan length)
    {
        var time = TimeProvider.System;
        var tally = new Load.Tally();
        OrtValue[] inputs = [input];
        OrtValue[] outputs = [output];
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < length)
        {
            var begun = time.GetTimestamp();
            session.Run(options, inputNames, inputs, outputNames, outputs);
            tally.Add(200, time.GetElapsedTime(begun));
        }

        return Load.Measured.Of([tally], time.GetElapsedTime(started));
    }

    public void Dispose()
    {
        output.Dispose();
        input.Dispose();
        pin.Free();
        options.Dispose();
        session.Dispose();
    }
}
