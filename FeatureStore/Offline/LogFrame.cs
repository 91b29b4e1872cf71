using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The bytes of one push in a segment; all numbers little endian.</summary>
/// <remarks>
/// <c>"FLG1" | u32 length | u32 crc | u64 sequence | i64 appended at, unix ms | producer | i64 first offset | source | u16 fields, each name and u8 type, of the one that names the event also i64 known since | u32 rows | i64 event time × rows | column after column</c>;
/// length and CRC-32C are of what follows the crc. A text is its UTF-8 length (7 bits a byte, low first) and its bytes. An event time is in UTC ticks of 100 ns since the year 1; -1 = the row was set aside, and only its offset counts; then a last column, of texts, has what the quarantine has of it: its name, a space, and JSON. A STRING is a text,
/// INT32 i32, INT64 i64, FLOAT f32, DOUBLE f64, BOOL u8. A field that row views store, or of another type, has bit 7 of its type set, and its values as <see cref="PackedValue"/> has them, each after its length plus one (0 = null). An empty producer = the log itself, and then the offset is the sequence.
/// </remarks>
internal static class LogFrame
{
    public const int HeadBytes = 12;

    /// <summary>In the type of a field whose values are in the bytes of row views, and may be null.</summary>
    private const int StoredBit = 0x80;

    /// <summary>In the type of the field that names the event.</summary>
    private const int EventIdBit = 0x40;

    /// <summary>Names the column of what the quarantine has of rows that were set aside; no field's name can hold a colon.</summary>
    public const string QuarantineColumn = "quarantine:";

    private const int SequenceAt = HeadBytes;
    private const int AppendedAt = SequenceAt + sizeof(long);

    public static ReadOnlySpan<byte> Marker => "FLG1"u8;

    /// <summary>The frame of some rows, from the first on, not yet sealed.</summary>
    public static byte[] Encode(PushedRows rows)
    {
        using var stream = new MemoryStream(128 + rows.Count * 24);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Marker);
        writer.Write(new byte[AppendedAt + sizeof(long) - Marker.Length]);
        writer.Write(rows.Offsets?.Producer ?? "");
        writer.Write(rows.Offsets?.First ?? 0L);
        WriteFields(writer, rows);
        WriteColumns(writer, rows);
        writer.Flush();
        return stream.ToArray();
    }

    private static void WriteFields(BinaryWriter writer, PushedRows rows)
    {
        var fields = rows.Target.Source.Fields;
        var isPoisoned = rows.SetAside.Count > 0;
        writer.Write(rows.Target.Source.Name);
        writer.Write((ushort)(fields.Count + (isPoisoned ? 1 : 0)));
        foreach (var (at, field) in fields.Index())
        {
            writer.Write(field.Name);
            var ids = rows.Target.IsEventId(at) ? rows.EventIds : null;
            writer.Write((byte)((int)field.Type | (IsStored(rows.Target, at) ? StoredBit : 0) | (ids is null ? 0 : EventIdBit)));
            if (ids is not null)
            {
                writer.Write(ids.KnownSince.UtcTicks);
            }
        }
        if (isPoisoned)
        {
            writer.Write(QuarantineColumn);
            writer.Write((byte)FieldType.String);
        }
    }

    private static void WriteColumns(BinaryWriter writer, PushedRows rows)
    {
        writer.Write(rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            writer.Write(rows.Idle.Contains(row) ? LogColumnsReader.Idle : rows.EventTimes[row].UtcTicks);
        }
        var fields = rows.Target.Source.Fields;
        for (var f = 0; f < fields.Count; f++)
        {
            for (var row = 0; row < rows.Count; row++)
            {
                var value = rows.Idle.Contains(row) ? new FieldValue("", 0) : rows.Row(row)[f];
                if (IsStored(rows.Target, f))
                {
                    WriteStored(writer, fields[f].Type, value.Value);
                }
                else
                {
                    Write(writer, fields[f].Type, value);
                }
            }
        }
        for (var row = 0; rows.SetAside.Count > 0 && row < rows.Count; row++)
        {
            writer.Write(rows.SetAside.TryGetValue(row, out var aside) ? $"{aside.Name} {aside.Json}" : "");
        }
    }

    /// <summary>Gives an encoded frame its place: sequence, time, length and checksum.</summary>
    public static void Seal(Span<byte> frame, long sequence, DateTimeOffset appendedAt)
    {
        BinaryPrimitives.WriteInt64LittleEndian(frame[SequenceAt..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(frame[AppendedAt..], appendedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], frame.Length - HeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Crc32C.Of(frame[HeadBytes..]));
    }

    /// <summary>Length of the whole frame at the beginning of <paramref name="bytes"/>; 0 when there is none, or not all of it, or its checksum is another.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < AppendedAt || !bytes.StartsWith(Marker))
        {
            return 0;
        }
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        return length > 0 && length <= bytes.Length - HeadBytes && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Crc32C.Of(bytes.Slice(HeadBytes, length)) ? HeadBytes + length : 0;
    }

    /// <summary>Reads a frame that <see cref="Measure"/> found whole.</summary>
    /// <param name="log">Name of the log as a producer.</param>
    public static LoggedRows Decode(byte[] bytes, int start, int length, string log)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, start + HeadBytes, length - HeadBytes), Encoding.UTF8);
        var sequence = reader.ReadInt64();
        var appendedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        var (producer, offset) = (reader.ReadString(), reader.ReadInt64());
        var source = reader.ReadString();
        var fields = new Field[reader.ReadUInt16()];
        var stored = new bool[fields.Length];
        LoggedEventId? eventId = null;
        for (var f = 0; f < fields.Length; f++)
        {
            var (name, type) = (string.Intern(reader.ReadString()), reader.ReadByte());
            (fields[f], stored[f]) = (new Field(name, (FieldType)(type & ~(StoredBit | EventIdBit))), (type & StoredBit) != 0);
            if ((type & EventIdBit) != 0)
            {
                eventId = new LoggedEventId(f, new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero));
            }
        }
        var columns = new LogColumns(bytes, start + HeadBytes + (int)reader.BaseStream.Position + sizeof(int), reader.ReadInt32(), fields, stored);
        return new LoggedRows(sequence, appendedAt, producer.Length == 0 ? Offsets.OfLog(log, sequence) : new Offsets(producer, offset), source, columns) { EventId = eventId };
    }

    /// <summary>The types behind BOOL have no other form.</summary>
    private static bool IsStored(PushTarget target, int field) => target.IsValue(field) || target.Source.Fields[field].Type > FieldType.Bool;

    /// <summary>A value of a row view: its bytes there, one more than its length before it; 0 = null.</summary>
    private static void WriteStored(BinaryWriter writer, FieldType type, object? value)
    {
        var bytes = value is null ? [] : PackedValue.Bytes(type, value);
        writer.Write7BitEncodedInt(value is null ? 0 : bytes.Length + 1);
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, FieldType type, FieldValue value)
    {
        switch (type)
        {
            case FieldType.String: writer.Write(value.Text); break;
            case FieldType.Int32: writer.Write((int)value.Number); break;
            case FieldType.Int64: writer.Write(value.Text.Length > 0 ? long.Parse(value.Text, CultureInfo.InvariantCulture) : (long)value.Number); break;
            case FieldType.Float: writer.Write((float)value.Number); break;
            case FieldType.Double: writer.Write(value.Number); break;
            case FieldType.Bool: writer.Write(value.Number != 0); break;
            default: throw new InvalidOperationException($"The log cannot hold a {type}.");
        }
    }
}
