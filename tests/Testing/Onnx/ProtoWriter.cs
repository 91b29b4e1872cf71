using System.Text;

namespace MlAspire.Testing.Onnx;

/// <summary>Writes Protocol Buffers' wire format: enough of it for <see cref="OnnxModel"/>, without a package.</summary>
internal sealed class ProtoWriter
{
    private readonly List<byte> bytes = [];

    public ProtoWriter Varint(int field, long value) => Raw(((ulong)field << 3) | 0).Raw((ulong)value);

    public ProtoWriter Single(int field, float value)
    {
        Raw(((ulong)field << 3) | 5);
        bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, ProtoWriter message) => Bytes(field, message.ToArray());

    /// <summary>Adds fields that <paramref name="other"/> has written.</summary>
    public ProtoWriter Append(ProtoWriter other)
    {
        bytes.AddRange(other.ToArray());
        return this;
    }

    public byte[] ToArray() => [.. bytes];

    public ProtoWriter Bytes(int field, byte[] value)
    {
        Raw(((ulong)field << 3) | 2).Raw((ulong)value.Length);
        bytes.AddRange(value);
        return this;
    }

    private ProtoWriter Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return this;
    }
}
