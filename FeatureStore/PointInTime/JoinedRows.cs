using System.Buffers;
using System.Runtime.InteropServices;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Rows of a spine with their features, at most <see cref="MaxCount"/> at a time, and no more when their records have <see cref="MaxRecordBytes"/>. Valid until more are asked for.</summary>
/// <remarks>The bytes of a row, for a sort: <c>i64 UTC ticks | i32 minutes of the offset | f64 each value | the record</c>.</remarks>
internal sealed class JoinedRows
{
    public const int MaxCount = 16_384;
    public const int MaxRecordBytes = 4 << 20;
    private const int ValuesAt = 12;
    private readonly ArrayBufferWriter<byte> records = new();
    private readonly int[] recordEnds = new int[MaxCount];
    private readonly byte[] head;

    public JoinedRows(int features)
    {
        Values = [.. Enumerable.Range(0, features).Select(_ => new double[MaxCount])];
        head = new byte[ValuesAt + features * sizeof(double)];
    }

    public int Count { get; private set; }

    public bool IsFull => Count == MaxCount || records.WrittenCount >= MaxRecordBytes;

    /// <summary>Position of each row in the spine, 0-based.</summary>
    public long[] Indexes { get; } = new long[MaxCount];

    public DateTimeOffset[] Moments { get; } = new DateTimeOffset[MaxCount];

    /// <summary>Shape [features, rows]; NaN = null.</summary>
    public double[][] Values { get; }

    /// <summary>The row as it stood in the file, UTF-8.</summary>
    public ReadOnlySpan<byte> Record(int row) => records.WrittenSpan[(row == 0 ? 0 : recordEnds[row - 1])..recordEnds[row]];

    public void Clear()
    {
        records.ResetWrittenCount();
        Count = 0;
    }

    /// <summary>Adds a row whose values are not known yet.</summary>
    public void Add(long index, DateTimeOffset moment, ReadOnlySpan<byte> record)
    {
        (Indexes[Count], Moments[Count]) = (index, moment);
        records.Write(record);
        recordEnds[Count++] = records.WrittenCount;
    }

    /// <summary>Adds a row to a sort that brings it back to its place.</summary>
    public void AddTo(ExternalSort sort, int row)
    {
        MemoryMarshal.Write(head, Moments[row].UtcTicks);
        MemoryMarshal.Write(head.AsSpan(sizeof(long)), Moments[row].TotalOffsetMinutes);
        var values = MemoryMarshal.Cast<byte, double>(head.AsSpan(ValuesAt));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Values[i][row];
        }
        sort.Add(Indexes[row], 0, head, Record(row));
    }

    /// <summary>Adds a row out of that sort.</summary>
    public void Add(in SortedRecord row)
    {
        var span = row.Bytes.Span;
        var values = MemoryMarshal.Cast<byte, double>(span[ValuesAt..head.Length]);
        for (var i = 0; i < values.Length; i++)
        {
            Values[i][Count] = values[i];
        }
        Add(row.First, new DateTimeOffset(MemoryMarshal.Read<long>(span), TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(MemoryMarshal.Read<int>(span[sizeof(long)..]))), span[head.Length..]);
    }
}
