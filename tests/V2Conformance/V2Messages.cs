namespace MlAspire.V2Conformance;

/// <summary>A tensor in the words of a case. Values are bool, long, ulong, double or string; the transport turns them into what it carries.</summary>
public sealed record V2Tensor(string Name, string Datatype, long[] Shape, params object[] Values);

public sealed record V2Request(string Model, params V2Tensor[] Inputs)
{
    public string? Version { get; init; }

    public string? Id { get; init; }

    /// <summary>Empty = none are named, so all are wanted.</summary>
    public string[] Outputs { get; init; } = [];

    public int Classification { get; init; }

    /// <summary>Values are bool, long, double or string.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = new Dictionary<string, object>();
}

/// <summary>The kinds of failure that both transports can tell apart.</summary>
public enum V2Failure
{
    /// <summary>HTTP 400, gRPC INVALID_ARGUMENT.</summary>
    InvalidArgument,

    /// <summary>HTTP 404, gRPC NOT_FOUND.</summary>
    NotFound,

    /// <summary>Anything else; no case expects it.</summary>
    Other,
}

/// <summary>What came back: outputs with their bytes as hexadecimal, or a failure with its text.</summary>
public sealed record V2Answer(string Model, string Version, string? Id, V2Failure? Failure, string Text, params V2Output[] Outputs)
{
    public static V2Answer Failed(V2Failure failure, string text) => new("", "", null, failure, text);
}

/// <param name="Bytes">In the layout of the binary tensor extension, as hexadecimal.</param>
public sealed record V2Output(string Name, string Datatype, string Shape, string Bytes)
{
    public static IEnumerable<V2Output> Of(IEnumerable<V2Tensor> tensors) =>
        tensors.Select(tensor => new V2Output(tensor.Name, tensor.Datatype, string.Join(',', tensor.Shape), Convert.ToHexString(ElementBytes.Of(tensor.Datatype, tensor.Values))));
}
