using System.Globalization;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests;

/// <summary>A model repository in a directory of its own, deleted with the test.</summary>
internal sealed class ModelFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mlaspire-models-").FullName;

    /// <summary>y = 2x + 1 for each of two numbers a row: <c>x</c> and <c>y</c> FP32 [-1, 2].</summary>
    public static OnnxModel Line { get; } = new OnnxModel()
        .Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2)
        .Floats("two", [2], 1).Floats("one", [1], 1)
        .Node("Mul", ["x", "two"], ["double"]).Node("Add", ["double", "one"], ["y"]);

    /// <summary>y = x negated n times, one after the other: <c>n</c> INT64 [1] says how long a run takes.</summary>
    public static OnnxModel Loop { get; } = new OnnxModel()
        .Input("n", OnnxType.I64, 1).Input("x", OnnxType.F32, -1).Output("y", OnnxType.F32, -1)
        .Node("Loop", ["n", "", "x"], ["y"], ("body", new OnnxModel()
            .Input("i", OnnxType.I64).Input("go", OnnxType.Bool).Input("v", OnnxType.F32, -1).Output("still", OnnxType.Bool).Output("w", OnnxType.F32, -1)
            .Node("Identity", ["go"], ["still"]).Node("Neg", ["v"], ["w"])));

    /// <summary>Fails when <c>n</c> INT64 [1] is not 0, with the words of a device that fails: that is the server's failure.</summary>
    public static OnnxModel Faulty { get; } = new OnnxModel().Input("n", OnnxType.I64, 1).Output("y", OnnxType.F32, 1).Floats("table", [0], 1)
        .NamedNode("CUDA failure 1 of a test", "Gather", ["table", "n"], ["y"]);

    /// <summary>y = as many zeros as <c>n</c> INT64 [1] says.</summary>
    public static OnnxModel Zeros { get; } = new OnnxModel().Input("n", OnnxType.I64, 1).Output("y", OnnxType.F32, -1).Node("ConstantOfShape", ["n"], ["y"]);

    public ModelFolder Add(string model, OnnxModel onnx, string? config = null, int version = 1) => Add(model, onnx.ToBytes(), config, version);

    public ModelFolder Add(string model, byte[] onnx, string? config = null, int version = 1)
    {
        File(string.Create(CultureInfo.InvariantCulture, $"{model}/{version}/model.onnx"), onnx);
        return config is null ? this : Config(model, config);
    }

    /// <param name="path">Below the repository: <c>line/1/lineage.json</c>.</param>
    public ModelFolder File(string path, string text) => File(path, System.Text.Encoding.UTF8.GetBytes(text));

    public ModelFolder File(string path, byte[] bytes)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllBytes(file, bytes);
        return this;
    }

    public ModelFolder Config(string model, string config) => File($"{model}/config.json", config);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
