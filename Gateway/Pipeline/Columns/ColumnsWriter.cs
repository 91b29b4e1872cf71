using System.Text;

namespace MlAspire.Gateway.Pipeline.Columns;

/// <summary>Writes a body of columns; <see cref="ColumnsReader"/> reads it back.</summary>
internal static class ColumnsWriter
{
    /// <param name="header">JSON, or nothing.</param>
    /// <param name="columns">With one value a row each, and nothing null.</param>
    /// <param name="rows">At least 0.</param>
    public static byte[] Write(ReadOnlySpan<byte> header, int rows, IReadOnlyList<Column> columns)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8); // little-endian on every machine
        writer.Write(Column.Magic);
        writer.Write((uint)header.Length);
        writer.Write(header);
        writer.Write((uint)rows);
        writer.Write((ushort)columns.Count);
        foreach (var column in columns)
        {
            Write(writer, column);
        }

        return buffer.ToArray();
    }

    private static void Write(BinaryWriter writer, Column column)
    {
        switch (column)
        {
            case NumberColumn numbers:
                Begin(writer, NumberColumn.Type, column.Name);
                Array.ForEach(numbers.Values, writer.Write);
                break;
            case TimeColumn times:
                Begin(writer, TimeColumn.Type, column.Name);
                Array.ForEach(times.Values, time => Write(writer, time!.Value));
                break;
            case TextColumn texts:
                Begin(writer, TextColumn.Type, column.Name);
                Write(writer, texts.Values);
                break;
        }
    }

    private static void Begin(BinaryWriter writer, byte type, string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        writer.Write(type);
        writer.Write(checked((byte)bytes.Length));
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, DateTimeOffset time)
    {
        writer.Write((time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        writer.Write((short)time.Offset.TotalMinutes);
    }

    private static void Write(BinaryWriter writer, string?[] texts)
    {
        byte[][] values = [.. texts.Select(text => Encoding.UTF8.GetBytes(text!))];
        uint end = 0;
        foreach (var value in values)
        {
            writer.Write(end += (uint)value.Length);
        }

        Array.ForEach(values, writer.Write);
    }
}
