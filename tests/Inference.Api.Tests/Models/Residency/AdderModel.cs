using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Residency;

/// <summary>Models that can be told apart by what they add.</summary>
internal static class AdderModel
{
    /// <summary>x = 1, 2.</summary>
    public const string Request = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    /// <summary>y = x + number.</summary>
    public static OnnxModel Plus(int number) => new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Floats("w", [number], 1).Node("Add", ["x", "w"], ["y"]);

    /// <summary>The same with weights that are not used up by folding: y = x + w[i], i = the whole number of x.</summary>
    public static OnnxModel Large(int weights) => new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2)
        .RawFloats("w", new byte[weights * sizeof(float)], weights).Node("Cast", ["x"], ["i"], ("to", 7L)).Node("Gather", ["w", "i"], ["g"]).Node("Add", ["x", "g"], ["y"]);

    /// <summary>What it takes of the memory budget, by hand: the file, a quarter more, 256 KiB.</summary>
    public static long Cost(OnnxModel model) => model.ToBytes().Length is var file ? file + (file / 4) + 262_144 : 0;
}
