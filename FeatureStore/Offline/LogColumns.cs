using System.Buffers.Binary;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Where the columns of a frame are.</summary>
/// <param name="Bytes">Of the segment.</param>
/// <param name="Start">Where the event times begin; the columns follow.</param>
/// <param name="Stored">Which fields have their values as a row view stores them.</param>
internal sealed record LogColumns(byte[] Bytes, int Start, int Count, Field[] Fields, bool[] Stored);

/// <summary>Reads the rows of a frame one after the other, each column at a place of its own.</summary>
internal sealed class LogColumnsReader
{
    private readonly LogColumns columns;
    private readonly int[] next;
    // Texts that were read, by a hash: most columns have few.
    private readonly string?[] texts = new string?[256];
    private int time;

    public LogColumnsReader(LogColumns columns)
    {
        (this.columns, next, time) = (columns, new int[columns.Fields.Length], columns.Start);
        var at = columns.Start + columns.Count * sizeof(long);
        for (var f = 0; f < next.Length; f++)
        {
            next[f] = at;
            if (HasLengths(f)) { for (var row = 0; row < columns.Count; row++) { Bytes(f, ref at); } }
            else { at += columns.Count * FieldTypes.SizeBytes(columns.Fields[f].Type); }
        }
    }

    /// <summary>Reads the next row.</summary>
    /// <param name="fields">Which of its fields; the same ones of each row.</param>
    /// <param name="row">Shape [fields].</param>
    /// <returns>Its event time, in UTC ticks.</returns>
    public long Read(ReadOnlySpan<int> fields, Span<FieldValue> row)
    {
        for (var i = 0; i < fields.Length; i++) { row[i] = Value(fields[i], ref next[fields[i]]); }
        time += sizeof(long);
        return BinaryPrimitives.ReadInt64LittleEndian(columns.Bytes.AsSpan(time - sizeof(long)));
    }

    private bool HasLengths(int field) => columns.Stored[field] || columns.Fields[field].Type == FieldType.String;

    private FieldValue Value(int field, ref int at)
    {
        var type = columns.Fields[field].Type;
        if (HasLengths(field))
        {
            var bytes = Bytes(field, ref at);
            if (!columns.Stored[field]) { return Text(bytes); }
            var value = bytes.IsEmpty ? null : PackedValue.Read(type, bytes[1..]);
            return FieldValue.Of(value) with { Value = value };
        }
        var fixedBytes = columns.Bytes.AsSpan(at);
        at += FieldTypes.SizeBytes(type);
        return type switch
        {
            FieldType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(fixedBytes),
            FieldType.Int64 => FieldValue.Of(BinaryPrimitives.ReadInt64LittleEndian(fixedBytes)),
            FieldType.Float => (double)BinaryPrimitives.ReadSingleLittleEndian(fixedBytes),
            FieldType.Double => BinaryPrimitives.ReadDoubleLittleEndian(fixedBytes),
            FieldType.Bool => fixedBytes[0] != 0 ? 1d : 0d,
            _ => throw new InvalidDataException($"The log has a value of the unknown type {(int)type}."),
        };
    }

    /// <summary>The bytes behind a length of 7 bits a byte, low ones first; of a stored value one byte of the length more, so that they are empty for null alone.</summary>
    private ReadOnlySpan<byte> Bytes(int field, ref int at)
    {
        var (length, shift, more) = (0, 0, true);
        for (; more; shift += 7)
        {
            var part = columns.Bytes[at++];
            length |= (part & 0x7F) << shift;
            more = part >= 0x80;
        }
        var before = columns.Stored[field] && length > 0 ? 1 : 0;
        at += length - before;
        return columns.Bytes.AsSpan(at - length, length);
    }

    private string Text(ReadOnlySpan<byte> utf8)
    {
        ref var known = ref texts[(byte)Crc32C.Of(utf8)];
        if (known is null || !Ascii.Equals(utf8, known)) { known = Encoding.UTF8.GetString(utf8); }
        return known;
    }
}
