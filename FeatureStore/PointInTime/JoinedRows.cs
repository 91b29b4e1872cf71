using System.Runtime.InteropServices;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Turns joined rows into bytes that a sort can hold, and back: <c>i64 UTC ticks | i32 minutes of the offset | f64 each value | the record</c>. Used by one thread.</summary>
internal sealed class JoinedRows(int valueCount)
{
    private const int ValuesAt = 12;
    private readonly int headBytes = ValuesAt + valueCount * sizeof(double);
    private byte[] bytes = new byte[256];

    /// <summary>The bytes of a row; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(in JoinedRow row)
    {
        var length = headBytes + row.Record.Length;
        if (length > bytes.Length) { bytes = new byte[length]; }
        MemoryMarshal.Write(bytes, row.Moment.UtcTicks);
        MemoryMarshal.Write(bytes.AsSpan(sizeof(long)), row.Moment.TotalOffsetMinutes);
        MemoryMarshal.AsBytes(row.Values.AsSpan()).CopyTo(bytes.AsSpan(ValuesAt));
        row.Record.Span.CopyTo(bytes.AsSpan(headBytes));
        return bytes.AsSpan(0, length);
    }

    /// <param name="row">Sorted by its position.</param>
    public JoinedRow Decode(in SortedRecord row)
    {
        var span = row.Bytes.Span;
        var moment = new DateTimeOffset(MemoryMarshal.Read<long>(span), TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(MemoryMarshal.Read<int>(span[sizeof(long)..])));
        return new JoinedRow(row.First, moment, row.Bytes[headBytes..], MemoryMarshal.Cast<byte, double>(span[ValuesAt..headBytes]).ToArray());
    }
}
