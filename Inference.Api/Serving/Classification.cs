using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Triton's classification extension: an output's largest values as strings <c>value:index[:label]</c>, an integer as it is and other values with six decimals: <c>14.000000:15:cat</c>.</summary>
/// <remarks>The extension's text calls the datatype STRING; on the wire it is BYTES.</remarks>
internal static class Classification
{
    /// <param name="tensor">Not BYTES; shape [rows, ...] when <paramref name="batched"/>, else one row of all its elements.</param>
    /// <param name="count">At least 1; more than a row has means all of it.</param>
    /// <param name="labels">By index; shorter lists leave the rest without a label.</param>
    /// <returns>BYTES, shape [rows, k] when batched, else [k]; each row by falling value, equal values by rising index, NaN last.</returns>
    public static Tensor Of(Tensor tensor, int count, bool batched, IReadOnlyList<string> labels)
    {
        var rows = batched ? tensor.Shape[0] : 1;
        var width = rows == 0 ? 0 : (int)(tensor.ElementCount / rows);
        var k = Math.Min(count, width);
        var bytes = new ArrayBufferWriter<byte>();
        for (var row = 0; row < rows; row++)
        {
            foreach (var (index, value) in Ranked(tensor, row * width, width).Take(k))
            {
                Write(bytes, index < labels.Count ? $"{value}:{index}:{labels[index]}" : $"{value}:{index}");
            }
        }

        return new Tensor(tensor.Name, DataType.Bytes, batched ? [rows, k] : [k], bytes.WrittenMemory);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, string line)
    {
        var text = Encoding.UTF8.GetBytes(line);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.GetSpan(sizeof(uint)), (uint)text.Length);
        bytes.Advance(sizeof(uint));
        bytes.Write(text);
    }

    private static IEnumerable<(int Index, string Value)> Ranked(Tensor tensor, int start, int width)
    {
        return tensor.DataType switch
        {
            DataType.Bool or DataType.UInt8 => Ranked(Row<byte>(), Integer),
            DataType.UInt16 => Ranked(Row<ushort>(), Integer),
            DataType.UInt32 => Ranked(Row<uint>(), Integer),
            DataType.UInt64 => Ranked(Row<ulong>(), Integer),
            DataType.Int8 => Ranked(Row<sbyte>(), Integer),
            DataType.Int16 => Ranked(Row<short>(), Integer),
            DataType.Int32 => Ranked(Row<int>(), Integer),
            DataType.Int64 => Ranked(Row<long>(), Integer),
            DataType.Fp16 => Ranked(Array.ConvertAll(Row<Half>(), value => (double)value), Real),
            DataType.Bf16 => Ranked(Array.ConvertAll(Row<ushort>(), value => (double)BFloat16.ToSingle(value)), Real),
            DataType.Fp32 => Ranked(Array.ConvertAll(Row<float>(), value => (double)value), Real),
            DataType.Fp64 => Ranked(Row<double>(), Real),
            _ => throw new ArgumentException("strings cannot be classified", nameof(tensor)),
        };

        T[] Row<T>()
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.Data.Span).Slice(start, width).ToArray();
    }

    /// <summary>By falling value; the sort is stable, and NaN is less than all numbers.</summary>
    private static IEnumerable<(int Index, string Value)> Ranked<T>(T[] row, Func<T, string> text) =>
        Enumerable.Range(0, row.Length).OrderByDescending(index => row[index]).Select(index => (index, text(row[index])));

    private static string Integer<T>(T value)
        where T : IBinaryInteger<T> => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Real(double value) =>
        double.IsFinite(value) ? value.ToString("F6", CultureInfo.InvariantCulture) : double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
