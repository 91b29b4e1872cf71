using MlAspire.Testing.Onnx;

namespace MlAspire.V2Conformance;

/// <summary>The models of the cases, as ONNX files in Triton's repository layout.</summary>
internal static class ConformanceModels
{
    /// <summary>V2's datatypes with ONNX's.</summary>
    public static IReadOnlyDictionary<string, OnnxType> Types { get; } = new Dictionary<string, OnnxType>
    {
        ["BOOL"] = OnnxType.Bool,
        ["UINT8"] = OnnxType.U8,
        ["UINT16"] = OnnxType.U16,
        ["UINT32"] = OnnxType.U32,
        ["UINT64"] = OnnxType.U64,
        ["INT8"] = OnnxType.I8,
        ["INT16"] = OnnxType.I16,
        ["INT32"] = OnnxType.I32,
        ["INT64"] = OnnxType.I64,
        ["FP16"] = OnnxType.F16,
        ["BF16"] = OnnxType.BF16,
        ["FP32"] = OnnxType.F32,
        ["FP64"] = OnnxType.F64,
        ["BYTES"] = OnnxType.Str,
    };

    public static void Write(string repository)
    {
        foreach (var (name, type) in Types)
        {
            // y = x, any two dimensions; and the same for a scalar.
            Save(repository, $"identity_{name}", new OnnxModel().Input("x", type, -1, -1).Output("y", type, -1, -1).Node("Identity", ["x"], ["y"]));
            Save(repository, $"scalar_{name}", new OnnxModel().Input("x", type).Output("y", type).Node("Identity", ["x"], ["y"]));
        }

        // sum = a + b, product = a * b, of two vectors of one length.
        var two = new OnnxModel().Input("a", OnnxType.F32, -1).Input("b", OnnxType.F32, -1).Output("sum", OnnxType.F32, -1).Output("product", OnnxType.F32, -1)
            .Node("Add", ["a", "b"], ["sum"]).Node("Mul", ["a", "b"], ["product"]);
        Save(repository, "two", two);
        Save(repository, "changing", two); // loaded and unloaded by changed requests
        Save(repository, "versions", two, config: """{"version_policy":{"all":{}}}""");
        Save(repository, "versions", two, version: 3);
        // y = x, three numbers a row, at most four rows.
        var rows = new OnnxModel().Input("x", OnnxType.F32, -1, 3).Output("y", OnnxType.F32, -1, 3).Node("Identity", ["x"], ["y"]);
        Save(repository, "rows", rows, config: """
            {"max_batch_size":4,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[3]}],"output":[{"name":"y","data_type":"TYPE_FP32","dims":[3],"label_filename":"labels.txt"}]}
            """);
        File.WriteAllText(Path.Combine(repository, "rows", "labels.txt"), "ant\nbee\n");
        Save(repository, "counted", rows, config: """{"max_batch_size":4}"""); // of which statistics are read
        Save(repository, "reloaded", rows, config: """{"max_batch_size":4}"""); // loaded and unloaded by requests as they are meant
    }

    private static void Save(string repository, string model, OnnxModel onnx, string? config = null, int version = 1)
    {
        var directory = Directory.CreateDirectory(Path.Combine(repository, model, $"{version}"));
        File.WriteAllBytes(Path.Combine(directory.FullName, "model.onnx"), onnx.ToBytes());
        if (config is not null)
        {
            File.WriteAllText(Path.Combine(repository, model, "config.json"), config);
        }
    }
}
