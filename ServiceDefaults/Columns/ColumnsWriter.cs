using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MlAspire.ServiceDefaults.Columns;

/// <summary>Writes a body of columns; <see cref="ColumnsReader"/> reads it back.</summary>
/// <remarks>Numbers are copied as they are in memory: every processor that .NET 10 is supported on here is little-endian.</remarks>
public static class ColumnsWriter
{
    /// <summary>The body in an array of its own.</summary>
    /// <inheritdoc cref="Write(IBufferWriter{byte}, ReadOnlySpan{byte}, int, IReadOnlyList{Column})"/>
    public static byte[] Write(ReadOnlySpan<byte> header, int rows, IReadOnlyList<Column> columns)
    {
        var buffer = new ArrayBufferWriter<byte>(checked((int)LengthOf(header, columns)));
        Write(buffer, header, rows, columns);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Bytes of the body.</summary>
    public static long LengthOf(ReadOnlySpan<byte> header, IReadOnlyList<Column> columns) =>
        Column.Magic.Length + sizeof(uint) + header.Length + sizeof(uint) + sizeof(ushort) + columns.Sum(column => 2L + Encoding.UTF8.GetByteCount(column.Name) + LengthOf(column));

    private static long LengthOf(Column column) => column switch
    {
        NumberColumn numbers => (long)numbers.Values.Length * sizeof(double),
        FloatColumn numbers => (long)numbers.Values.Length * sizeof(float),
        WholeNumberColumn numbers => (long)numbers.Values.Length * sizeof(long),
        ByteColumn bytes => bytes.Values.Length,
        TimeColumn times => (long)times.Values.Length * TimeColumn.ValueBytes,
        TextColumn texts => LengthOf(texts.Values),
        _ => 0,
    };

    private static long LengthOf(string?[] texts) => ((long)texts.Length * sizeof(uint)) + texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text!));

    /// <param name="to">Where the body goes.</param>
    /// <param name="header">JSON, or nothing.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">With one value a row each, and nothing null.</param>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> header, int rows, IReadOnlyList<Column> columns)
    {
        to.Write(Column.Magic);
        Write(to, (uint)header.Length);
        to.Write(header);
        Write(to, (uint)rows);
        Write(to, checked((ushort)columns.Count));
        foreach (var column in columns)
        {
            Write(to, column);
        }
    }

    private static void Write(IBufferWriter<byte> to, Column column)
    {
        switch (column)
        {
            case NumberColumn numbers: Write(to, NumberColumn.Type, column.Name, MemoryMarshal.AsBytes<double>(numbers.Values)); break;
            case FloatColumn numbers: Write(to, FloatColumn.Type, column.Name, MemoryMarshal.AsBytes<float>(numbers.Values)); break;
            case WholeNumberColumn numbers: Write(to, WholeNumberColumn.Type, column.Name, MemoryMarshal.AsBytes<long>(numbers.Values)); break;
            case ByteColumn bytes: Write(to, ByteColumn.Type, column.Name, bytes.Values); break;
            case TimeColumn times: Write(to, TimeColumn.Type, column.Name, BytesOf(times.Values)); break;
            case TextColumn texts: Write(to, TextColumn.Type, column.Name, BytesOf(texts.Values)); break;
        }
    }

    private static void Write(IBufferWriter<byte> to, byte type, string name, ReadOnlySpan<byte> values)
    {
        var nameBytes = checked((byte)Encoding.UTF8.GetByteCount(name));
        var span = to.GetSpan(2 + nameBytes);
        (span[0], span[1]) = (type, nameBytes);
        Encoding.UTF8.GetBytes(name, span[2..]);
        to.Advance(2 + nameBytes);
        to.Write(values);
    }

    private static byte[] BytesOf(DateTimeOffset?[] times)
    {
        var bytes = new byte[times.Length * TimeColumn.ValueBytes];
        for (var row = 0; row < times.Length; row++)
        {
            var value = bytes.AsSpan(row * TimeColumn.ValueBytes);
            var time = times[row]!.Value;
            BinaryPrimitives.WriteInt64LittleEndian(value, (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
            BinaryPrimitives.WriteInt16LittleEndian(value[sizeof(long)..], (short)time.Offset.TotalMinutes);
        }

        return bytes;
    }

    private static byte[] BytesOf(string?[] texts)
    {
        var bytes = new byte[LengthOf(texts)];
        var start = texts.Length * sizeof(uint);
        var end = start;
        for (var row = 0; row < texts.Length; row++)
        {
            end += Encoding.UTF8.GetBytes(texts[row], bytes.AsSpan(end));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(row * sizeof(uint)), (uint)(end - start));
        }

        return bytes;
    }

    private static void Write(IBufferWriter<byte> to, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(sizeof(uint)), value);
        to.Advance(sizeof(uint));
    }

    private static void Write(IBufferWriter<byte> to, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to.GetSpan(sizeof(ushort)), value);
        to.Advance(sizeof(ushort));
    }
}
