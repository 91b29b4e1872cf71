using System.Runtime.InteropServices;
using System.Text;
using MlAspire.Testing.Onnx;

namespace MlAspire.Benchmarks;

/// <summary>A model of the benchmark and the one request that is sent to it, again and again.</summary>
/// <param name="Name">Its name in the repository.</param>
/// <param name="Input">Shape of one request.</param>
internal sealed record BenchModel(string Name, string InputName, long[] Input, string OutputName)
{
    private const int Seed = 17;

    public static BenchModel Tiny { get; } = new("tiny-mlp", "x", [1, 64], "y");

    public static BenchModel TinyBatched { get; } = Tiny with { Name = "tiny-mlp-batched" };

    public static BenchModel Large { get; } = new("mlp-10mb", "x", [1, 256], "y");

    /// <summary>The 10 MB MLP with one instance, so that a core is left for everything else; alone and with batching.</summary>
    public static BenchModel LargeAlone { get; } = Large with { Name = "mlp-10mb-alone" };

    public static BenchModel LargeBatched { get; } = Large with { Name = "mlp-10mb-batched" };

    public static BenchModel Flight { get; } = new("flight-delay", "features", [1, 17], "probability");

    public static BenchModel Convnet { get; } = new("convnet", "x", [1, 3, 64, 64], "y");

    /// <summary>The convnet with one instance and a queue of 16.</summary>
    public static BenchModel ConvnetBounded { get; } = Convnet with { Name = "convnet-bounded" };

    public static BenchModel Identity { get; } = new("identity-1mb", "x", [262_144], "y");

    /// <summary>The models that every server of the run serves.</summary>
    public static IReadOnlyList<BenchModel> Compared { get; } = [Tiny, Large, Flight, Convnet, Identity];

    public string Path => $"/v2/models/{Name}/infer";

    /// <summary>The values of one request: the same in every run.</summary>
    public float[] Values()
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, (int)Input.Aggregate(1L, (product, dimension) => product * dimension)).Select(_ => random.NextSingle())];
    }

    /// <summary>V2 with binary tensors both ways.</summary>
    /// <param name="jsonBytes">How many of the bytes are the JSON part.</param>
    public byte[] Body(out int jsonBytes)
    {
        var values = MemoryMarshal.AsBytes(Values().AsSpan());
        var json = Encoding.UTF8.GetBytes($$$"""
            {"inputs":[{"name":"{{{InputName}}}","shape":[{{{string.Join(',', Input)}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{values.Length}}}}}],"outputs":[{"name":"{{{OutputName}}}","parameters":{"binary_data":true}}]}
            """);
        jsonBytes = json.Length;
        return [.. json, .. values];
    }

    /// <summary>Writes a repository of all models.</summary>
    public static void WriteAll(string repository, string ourModels)
    {
        var large = Mlp(256, 1024, 1024, 1024, 10);
        var convnet = ConvolutionalNet();
        Write(repository, Tiny, Mlp(64, 256, 256, 1));
        Write(repository, TinyBatched, Mlp(64, 256, 256, 1), """{"max_batch_size":32,"dynamic_batching":{}}""");
        Write(repository, Large, large);
        Write(repository, LargeAlone, large, """{"max_batch_size":1,"instance_group":[{"count":1}]}""");
        Write(repository, LargeBatched, large, """{"max_batch_size":32,"instance_group":[{"count":1}],"dynamic_batching":{}}""");
        Write(repository, Convnet, convnet);
        Write(repository, ConvnetBounded, convnet, """{"max_batch_size":1,"instance_group":[{"count":1}],"dynamic_batching":{"default_queue_policy":{"max_queue_size":16}}}""");
        Write(repository, Identity, new OnnxModel().Input("x", OnnxType.F32, -1).Output("y", OnnxType.F32, -1).Node("Identity", ["x"], ["y"]));
        Write(repository, Flight, FlightFile(ourModels));
    }

    /// <summary>Writes a repository of the two small models, for measuring the start.</summary>
    public static void WriteStart(string repository, string ourModels)
    {
        Write(repository, Tiny, Mlp(64, 256, 256, 1));
        Write(repository, Flight, FlightFile(ourModels));
    }

    private static byte[] FlightFile(string ourModels) => File.ReadAllBytes(System.IO.Path.Combine(ourModels, "flight-delay", "1", "model.onnx"));

    private static void Write(string repository, BenchModel model, OnnxModel onnx, string? config = null) => Write(repository, model, onnx.ToBytes(), config);

    private static void Write(string repository, BenchModel model, byte[] onnx, string? config = null)
    {
        var directory = Directory.CreateDirectory(System.IO.Path.Combine(repository, model.Name, "1")).FullName;
        File.WriteAllBytes(System.IO.Path.Combine(directory, "model.onnx"), onnx);
        if (config is not null)
        {
            File.WriteAllText(System.IO.Path.Combine(repository, model.Name, "config.json"), config);
        }
    }

    private static OnnxModel Mlp(params int[] widths)
    {
        var random = new Random(Seed);
        var model = new OnnxModel().Input("x", OnnxType.F32, -1, widths[0]).Output("y", OnnxType.F32, -1, widths[^1]);
        var from = "x";
        for (var layer = 1; layer < widths.Length; layer++)
        {
            var last = layer == widths.Length - 1;
            model.Floats($"w{layer}", Weights(random, widths[layer - 1] * widths[layer], widths[layer - 1]), widths[layer - 1], widths[layer])
                .Floats($"b{layer}", new float[widths[layer]], widths[layer])
                .Node("Gemm", [from, $"w{layer}", $"b{layer}"], [last ? "y" : $"g{layer}"]);
            from = last ? "y" : $"r{layer}";
            _ = last ? model : model.Node("Relu", [$"g{layer}"], [from]);
        }

        return model;
    }

    /// <summary>Three convolutions of 3 x 3 with ReLU, each but the last followed by max pooling; the mean over the image; ten outputs.</summary>
    private static OnnxModel ConvolutionalNet()
    {
        var random = new Random(Seed);
        var model = new OnnxModel().Input("x", OnnxType.F32, -1, 3, 64, 64).Output("y", OnnxType.F32, -1, 10);
        int[] channels = [3, 32, 64, 128];
        for (var layer = 1; layer < channels.Length; layer++)
        {
            var from = layer == 1 ? "x" : $"p{layer - 1}";
            model.Floats($"w{layer}", Weights(random, channels[layer] * channels[layer - 1] * 9, channels[layer - 1] * 9), channels[layer], channels[layer - 1], 3, 3)
                .Node("Conv", [from, $"w{layer}"], [$"c{layer}"], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 }))
                .Node("Relu", [$"c{layer}"], [$"r{layer}"])
                .Node("MaxPool", [$"r{layer}"], [$"p{layer}"], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));
        }

        return model.Node("GlobalAveragePool", ["p3"], ["mean"]).Node("Flatten", ["mean"], ["flat"])
            .Floats("w", Weights(random, 1280, 128), 128, 10).Floats("b", new float[10], 10).Node("Gemm", ["flat", "w", "b"], ["y"]);
    }

    private static float[] Weights(Random random, int count, int fanIn) =>
        [.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 1) / MathF.Sqrt(fanIn))];
}
