using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Triton's classification extension: an output's largest values as strings <c>value:index[:label]</c>, an integer as it is and other values with six decimals: <c>14.000000:15:cat</c>.</summary>
/// <remarks>The extension's text calls the datatype STRING; on the wire it is BYTES.</remarks>
internal static class Classification
{
    /// <summary>Strings of one output, of all rows together.</summary>
    public const int MaxStrings = 1 << 20;

    private const int AskEvery = 1 << 16; // values between two looks at whether the caller is still there

    /// <param name="tensor">Not BYTES; shape [rows, ...] when <paramref name="batched"/>, else one row of all its elements.</param>
    /// <param name="count">At least 1; more than a row has means all of it.</param>
    /// <param name="labels">By index; shorter lists leave the rest without a label.</param>
    /// <param name="field">Where the request asks for it.</param>
    /// <returns>BYTES, shape [rows, k] when batched, else [k]; each row by falling value, equal values by rising index, NaN last.</returns>
    /// <exception cref="ServiceError">InvalidArgument: these are more than <see cref="MaxStrings"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public static Tensor Of(Tensor tensor, int count, bool batched, IReadOnlyList<string> labels, string field, CancellationToken cancellationToken)
    {
        var rows = batched ? tensor.Shape[0] : 1;
        var width = rows == 0 ? 0 : (int)(tensor.ElementCount / rows);
        var k = Math.Min(count, width);
        if (rows * k > MaxStrings)
        {
            throw TensorCheck.Invalid($"{k} classes of {rows} rows are more than {MaxStrings}", field);
        }

        var bytes = new ArrayBufferWriter<byte>();
        for (var row = 0; row < rows; row++)
        {
            foreach (var (index, value) in Ranked(tensor, row * width, width, k, cancellationToken))
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

    private static IEnumerable<(int Index, string Value)> Ranked(Tensor tensor, int start, int width, int k, CancellationToken cancellationToken)
    {
        return tensor.DataType switch
        {
            DataType.Bool or DataType.UInt8 => Integers<byte>(),
            DataType.UInt16 => Integers<ushort>(),
            DataType.UInt32 => Integers<uint>(),
            DataType.UInt64 => Integers<ulong>(),
            DataType.Int8 => Integers<sbyte>(),
            DataType.Int16 => Integers<short>(),
            DataType.Int32 => Integers<int>(),
            DataType.Int64 => Integers<long>(),
            DataType.Fp16 => Reals<Half>(value => (double)value),
            DataType.Bf16 => Reals<ushort>(value => BFloat16.ToSingle(value)),
            DataType.Fp32 => Reals<float>(value => value),
            DataType.Fp64 => Reals<double>(value => value),
            _ => throw new ArgumentException("strings cannot be classified", nameof(tensor)),
        };

        IEnumerable<(int, string)> Integers<T>()
            where T : unmanaged, IBinaryInteger<T> => Largest(Row<T>(), value => value, k, cancellationToken).Select(top => (top.Index, top.Value.ToString(null, CultureInfo.InvariantCulture)));

        IEnumerable<(int, string)> Reals<T>(Func<T, double> real)
            where T : unmanaged => Largest(Row<T>(), real, k, cancellationToken).Select(top => (top.Index, Text(top.Value)));

        ReadOnlySpan<T> Row<T>()
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.Data.Span).Slice(start, width);
    }

    /// <summary>The <paramref name="k"/> largest values by falling value, equal ones by rising index; NaN is less than all numbers. Takes memory for <paramref name="k"/> of them.</summary>
    private static (int Index, TValue Value)[] Largest<T, TValue>(ReadOnlySpan<T> row, Func<T, TValue> valueOf, int k, CancellationToken cancellationToken)
        where TValue : IComparable<TValue>
    {
        // The least of what is kept is in front.
        var kept = new PriorityQueue<int, (TValue Value, int Index)>(Comparer<(TValue Value, int Index)>.Create(
            static (one, other) => one.Value.CompareTo(other.Value) is not 0 and var order ? order : other.Index.CompareTo(one.Index)));
        for (var index = 0; index < row.Length; index++)
        {
            if (index % AskEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (kept.Count < k)
            {
                kept.Enqueue(index, (valueOf(row[index]), index));
            }
            else
            {
                kept.EnqueueDequeue(index, (valueOf(row[index]), index));
            }
        }

        var ranked = new (int, TValue)[kept.Count];
        for (var place = ranked.Length - 1; kept.TryDequeue(out var index, out var priority); place--)
        {
            ranked[place] = (index, priority.Value);
        }

        return ranked;
    }

    private static string Text(double value) =>
        double.IsFinite(value) ? value.ToString("F6", CultureInfo.InvariantCulture) : double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
