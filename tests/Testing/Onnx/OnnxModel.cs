namespace MlAspire.Testing.Onnx;

/// <summary>Element types of an ONNX tensor, with the standard's numbers. F = float, I = signed, U = unsigned.</summary>
public enum OnnxType
{
    F32 = 1,
    U8 = 2,
    I8 = 3,
    U16 = 4,
    I16 = 5,
    I32 = 6,
    I64 = 7,
    Str = 8,
    Bool = 9,
    F16 = 10,
    F64 = 11,
    U32 = 12,
    U64 = 13,
    C64 = 14,
    BF16 = 16,
}

/// <summary>A tiny ONNX file, written by hand: <c>new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Node("Identity", ["x"], ["y"])</c>.</summary>
/// <remarks>Source of the field numbers: <see href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</see>. A dimension of -1 is written as a symbolic one.</remarks>
public sealed class OnnxModel(int opset = 18)
{
    private readonly ProtoWriter nodes = new();
    private readonly ProtoWriter initializers = new();
    private readonly ProtoWriter inputs = new();
    private readonly ProtoWriter outputs = new();

    public OnnxModel Input(string name, OnnxType type, params long[] shape)
    {
        inputs.Message(11, ValueInfo(name, type, shape));
        return this;
    }

    public OnnxModel Output(string name, OnnxType type, params long[] shape)
    {
        outputs.Message(12, ValueInfo(name, type, shape));
        return this;
    }

    /// <summary>An output that is a sequence of tensors, which V2 cannot carry.</summary>
    public OnnxModel SequenceOutput(string name, OnnxType type)
    {
        var element = new ProtoWriter().Message(1, new ProtoWriter().Varint(1, (int)type));
        outputs.Message(12, new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(4, new ProtoWriter().Message(1, element))));
        return this;
    }

    /// <param name="attributes">Values: long, float, string, long[], or a model whose graph is the value.</param>
    public OnnxModel Node(string op, string[] from, string[] to, params (string Name, object Value)[] attributes) => Add(new ProtoWriter(), op, from, to, attributes);

    /// <summary>A node with a name, which ONNX Runtime says when the node fails.</summary>
    public OnnxModel NamedNode(string name, string op, string[] from, string[] to) => Add(new ProtoWriter().Text(3, name), op, from, to, []);

    public OnnxModel Floats(string name, float[] values, params long[] shape)
    {
        var tensor = new ProtoWriter();
        Array.ForEach(shape, dimension => tensor.Varint(1, dimension));
        tensor.Varint(2, (int)OnnxType.F32);
        Array.ForEach(values, value => tensor.Single(4, value));
        initializers.Message(5, tensor.Text(8, name));
        return this;
    }

    /// <summary>Weights as their bytes, for many of them.</summary>
    public OnnxModel RawFloats(string name, byte[] littleEndian, params long[] shape)
    {
        var tensor = new ProtoWriter();
        Array.ForEach(shape, dimension => tensor.Varint(1, dimension));
        initializers.Message(5, tensor.Varint(2, (int)OnnxType.F32).Text(8, name).Bytes(9, littleEndian));
        return this;
    }

    /// <summary>Weights that are in another file, <paramref name="location"/>, from its first byte on.</summary>
    public OnnxModel ExternalFloats(string name, string location, params long[] shape)
    {
        var tensor = new ProtoWriter();
        Array.ForEach(shape, dimension => tensor.Varint(1, dimension));
        initializers.Message(5, tensor.Varint(2, (int)OnnxType.F32).Text(8, name).Message(13, new ProtoWriter().Text(1, "location").Text(2, location)).Varint(14, 1));
        return this;
    }

    public OnnxModel Integers(string name, long[] values, params long[] shape)
    {
        var tensor = new ProtoWriter();
        Array.ForEach(shape, dimension => tensor.Varint(1, dimension));
        tensor.Varint(2, (int)OnnxType.I64);
        Array.ForEach(values, value => tensor.Varint(7, value));
        initializers.Message(5, tensor.Text(8, name));
        return this;
    }

    public byte[] ToBytes() =>
        new ProtoWriter().Varint(1, 9).Text(2, "mlaspire-tests").Message(7, Graph()).Message(8, new ProtoWriter().Text(1, "").Varint(2, opset)).ToArray();

    private OnnxModel Add(ProtoWriter node, string op, string[] from, string[] to, (string Name, object Value)[] attributes)
    {
        Array.ForEach(from, name => node.Text(1, name));
        Array.ForEach(to, name => node.Text(2, name));
        node.Text(4, op);
        Array.ForEach(attributes, attribute => node.Message(5, Attribute(attribute.Name, attribute.Value)));
        nodes.Message(1, node);
        return this;
    }

    private ProtoWriter Graph() => new ProtoWriter().Append(nodes).Text(2, "test").Append(initializers).Append(inputs).Append(outputs);

    private static ProtoWriter ValueInfo(string name, OnnxType type, long[] shape)
    {
        var dimensions = new ProtoWriter();
        for (var axis = 0; axis < shape.Length; axis++)
        {
            dimensions.Message(1, shape[axis] < 0 ? new ProtoWriter().Text(2, $"d{axis}") : new ProtoWriter().Varint(1, shape[axis]));
        }

        var tensor = new ProtoWriter().Varint(1, (int)type).Message(2, dimensions);
        return new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, tensor));
    }

    private static ProtoWriter Attribute(string name, object value)
    {
        var attribute = new ProtoWriter().Text(1, name);
        switch (value)
        {
            case float single: return attribute.Single(2, single).Varint(20, 1);
            case long integer: return attribute.Varint(3, integer).Varint(20, 2);
            case string text: return attribute.Text(4, text).Varint(20, 3);
            case OnnxModel body: return attribute.Message(6, body.Graph()).Varint(20, 5);
            case long[] integers:
                Array.ForEach(integers, integer => attribute.Varint(8, integer));
                return attribute.Varint(20, 7);
            default: throw new ArgumentException($"no attribute type for {value.GetType().Name}", nameof(value));
        }
    }
}
