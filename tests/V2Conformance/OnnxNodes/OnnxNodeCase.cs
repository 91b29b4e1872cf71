using MlAspire.V2Conformance.Onnx;

namespace MlAspire.V2Conformance;

/// <summary>One of the ONNX standard's backend tests: a model, its inputs, and the outputs that every runtime must make of them.</summary>
/// <param name="Name"><c>node.test_abs</c>; also the name of the model it is served as.</param>
internal sealed record OnnxNodeCase(string Name, string ModelFile)
{
    /// <summary>Where Debian's package libonnx-testdata has them.</summary>
    public const string Directory = "/usr/share/libonnx-testdata/data";

    /// <summary>Empty when the package is not there.</summary>
    public static IReadOnlyList<OnnxNodeCase> All { get; } = [.. (System.IO.Directory.Exists(Directory) ? System.IO.Directory.EnumerateFiles(Directory, "model.onnx", SearchOption.AllDirectories) : [])
        .Select(file => new OnnxNodeCase(Path.GetRelativePath(Directory, Path.GetDirectoryName(file)!).Replace('/', '.'), file)).OrderBy(each => each.Name, StringComparer.Ordinal)];

    /// <summary>Puts the models of all cases into a repository of Triton's layout.</summary>
    public static void WriteModels(string repository)
    {
        foreach (var each in All)
        {
            var version = System.IO.Directory.CreateDirectory(Path.Combine(repository, each.Name, "1"));
            File.Copy(each.ModelFile, Path.Combine(version.FullName, "model.onnx"));
        }
    }

    /// <exception cref="NotSupportedException">An input or output is no tensor, or of an element type that V2 has no name for.</exception>
    public (V2Request Request, V2Tensor[] Outputs) Read()
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(ModelFile)).Graph;
        var weights = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        V2Tensor[] inputs = [.. Read("input", graph.Input.Where(input => !weights.Contains(input.Name)))];
        return (new V2Request(Name, inputs), [.. Read("output", graph.Output)]);
    }

    private IEnumerable<V2Tensor> Read(string kind, IEnumerable<ValueInfoProto> declared)
    {
        foreach (var (index, value) in declared.Index())
        {
            if (value.Type.TensorType is null)
            {
                throw new NotSupportedException($"{kind} {value.Name} is no tensor");
            }

            var file = Path.Combine(Path.GetDirectoryName(ModelFile)!, "test_data_set_0", $"{kind}_{index}.pb");
            yield return OnnxTensors.Read(value, TensorProto.Parser.ParseFrom(File.ReadAllBytes(file)));
        }
    }
}
