using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Triton's classification extension: an output's largest values as strings <c>value:index[:label]</c>, the value with six decimals: <c>14.000000:15:cat</c>.</summary>
/// <remarks>The extension's text calls the datatype STRING; on the wire it is BYTES.</remarks>
internal static class Classification
{
    /// <param name="tensor">Not BYTES; shape [rows, ...] when <paramref name="batched"/>, else one row of all its elements.</param>
    /// <param name="count">At least 1; more than a row has means all of it.</param>
    /// <param name="labels">By index; shorter lists leave the rest without a label.</param>
    /// <returns>BYTES, shape [rows, k] when batched, else [k]; each row by falling value, equal values by rising index, NaN last.</returns>
    public static Tensor Of(Tensor tensor, int count, bool batched, IReadOnlyList<string> labels)
    {
        var values = Values(tensor);
        var rows = batched ? tensor.Shape[0] : 1;
        var width = rows == 0 ? 0 : (int)(values.Length / rows);
        var k = Math.Min(count, width);
        var bytes = new ArrayBufferWriter<byte>();
        for (var row = 0; row < rows; row++)
        {
            var start = row * width;
            foreach (var index in Enumerable.Range(0, width).OrderByDescending(i => double.IsNaN(values[start + i]) ? double.NegativeInfinity : values[start + i]).ThenBy(i => double.IsNaN(values[start + i])).ThenBy(i => i).Take(k))
            {
                Write(bytes, values[start + index], index, labels);
            }
        }

        return new Tensor(tensor.Name, DataType.Bytes, batched ? [rows, k] : [k], bytes.WrittenMemory);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, double value, int index, IReadOnlyList<string> labels)
    {
        var number = double.IsFinite(value) ? value.ToString("F6", CultureInfo.InvariantCulture) : double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        var text = Encoding.UTF8.GetBytes(index < labels.Count ? $"{number}:{index}:{labels[index]}" : $"{number}:{index}");
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.GetSpan(sizeof(uint)), (uint)text.Length);
        bytes.Advance(sizeof(uint));
        bytes.Write(text);
    }

    private static double[] Values(Tensor tensor) => tensor.DataType switch
    {
        DataType.Bool or DataType.UInt8 => Each<byte>(tensor, value => value),
        DataType.UInt16 => Each<ushort>(tensor, value => value),
        DataType.UInt32 => Each<uint>(tensor, value => value),
        DataType.UInt64 => Each<ulong>(tensor, value => value),
        DataType.Int8 => Each<sbyte>(tensor, value => value),
        DataType.Int16 => Each<short>(tensor, value => value),
        DataType.Int32 => Each<int>(tensor, value => value),
        DataType.Int64 => Each<long>(tensor, value => value),
        DataType.Fp16 => Each<Half>(tensor, value => (double)value),
        DataType.Bf16 => Each<ushort>(tensor, value => BFloat16.ToSingle(value)),
        DataType.Fp32 => Each<float>(tensor, value => value),
        DataType.Fp64 => Each<double>(tensor, value => value),
        _ => throw new ArgumentException("strings cannot be classified", nameof(tensor)),
    };

    private static double[] Each<T>(Tensor tensor, Func<T, double> convert)
        where T : unmanaged
    {
        var elements = MemoryMarshal.Cast<byte, T>(tensor.Data.Span);
        var values = new double[elements.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = convert(elements[i]);
        }

        return values;
    }
}
