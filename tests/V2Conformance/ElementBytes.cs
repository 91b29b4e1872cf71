using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MlAspire.V2Conformance;

/// <summary>The binary layout of tensors, written from the specification and on purpose not with the server's code.</summary>
internal static class ElementBytes
{
    public static byte[] Of(string datatype, IEnumerable<object> values) => [.. values.SelectMany(value => Of(datatype, value))];

    public static byte[] Of(string datatype, object value) => datatype switch
    {
        "BOOL" => [(bool)value ? (byte)1 : (byte)0],
        "INT8" or "UINT8" => [(byte)Integer(value)],
        "INT16" or "UINT16" => BitConverter.GetBytes((ushort)Integer(value)),
        "INT32" or "UINT32" => BitConverter.GetBytes((uint)Integer(value)),
        "INT64" or "UINT64" => BitConverter.GetBytes(Integer(value)),
        "FP16" => BitConverter.GetBytes((Half)Number(value)),
        "BF16" => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)Number(value)) >> 16)), // cases use values that BF16 holds exactly
        "FP32" => BitConverter.GetBytes((float)Number(value)),
        "FP64" => BitConverter.GetBytes(Number(value)),
        "BYTES" => Text((string)value),
        _ => Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, "{0}", value)),
    };

    /// <summary>Bytes of one element; BYTES has no fixed size.</summary>
    public static int Size(string datatype) => Of(datatype, datatype == "BOOL" ? false : 0L).Length;

    private static byte[] Text(string value)
    {
        var text = Encoding.UTF8.GetBytes(value);
        var bytes = new byte[4 + text.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)text.Length);
        text.CopyTo(bytes, 4);
        return bytes;
    }

    private static ulong Integer(object value) => value switch
    {
        ulong unsigned => unsigned,
        bool boolean => boolean ? 1UL : 0,
        _ => unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
