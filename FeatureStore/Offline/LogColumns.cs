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

/// <summary>One column that is read.</summary>
/// <param name="Field">Position in <see cref="LogColumns.Fields"/>; -1 = there is none, and its values are null.</param>
/// <param name="IsValue">Row views store it: <see cref="FieldValue.Value"/> is wanted.</param>
internal readonly record struct LogColumn(int Field, bool IsValue);

/// <summary>Reads the rows of a frame one after the other, each column at a place of its own.</summary>
internal sealed class LogColumnsReader
{
    /// <summary>Event time of a row that changes nothing, whose values mean nothing.</summary>
    public const long Idle = -1;

    private readonly LogColumns columns;
    private readonly LogColumn[] read;
    private readonly int[] next;
    // Texts that were read, by a hash: most columns have few.
    private readonly string?[] texts = new string?[256];
    private int time;

    /// <param name="read">Each field once.</param>
    public LogColumnsReader(LogColumns columns, LogColumn[] read)
    {
        (this.columns, this.read, next, time) = (columns, read, new int[columns.Fields.Length], columns.Start);
        var at = columns.Start + columns.Count * sizeof(long);
        for (var f = 0; f < next.Length; f++)
        {
            next[f] = at;
            if (HasLengths(f))
            {
                for (var row = 0; row < columns.Count; row++)
                {
                    Bytes(f, ref at);
                }
            }
            else
            {
                at += columns.Count * FieldTypes.SizeBytes(columns.Fields[f].Type);
            }
        }
    }

    /// <summary>Reads the next row.</summary>
    /// <param name="row">Shape [columns read].</param>
    /// <returns>Its event time, in UTC ticks, or <see cref="Idle"/>.</returns>
    public long Read(Span<FieldValue> row)
    {
        for (var i = 0; i < read.Length; i++)
        {
            row[i] = read[i].Field < 0 ? FieldValue.Of(null) : Value(read[i], ref next[read[i].Field]);
        }
        time += sizeof(long);
        return BinaryPrimitives.ReadInt64LittleEndian(columns.Bytes.AsSpan(time - sizeof(long)));
    }

    private bool HasLengths(int field) => columns.Stored[field] || columns.Fields[field].Type == FieldType.String;

    private FieldValue Value(LogColumn column, ref int at)
    {
        var (field, isValue) = column;
        var type = columns.Fields[field].Type;
        if (HasLengths(field))
        {
            var bytes = Bytes(field, ref at);
            if (!columns.Stored[field])
            {
                return Text(bytes) is var text && isValue ? FieldValue.Of(text) : text;
            }
            return FieldValue.Of(bytes.IsEmpty ? null : PackedValue.Read(type, bytes[1..]));
        }
        var fixedBytes = columns.Bytes.AsSpan(at);
        at += FieldTypes.SizeBytes(type);
        if (isValue) // the same bytes
        {
            return FieldValue.Of(PackedValue.Read(type, fixedBytes));
        }
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
        if (known is null || !Ascii.Equals(utf8, known))
        {
            known = Encoding.UTF8.GetString(utf8);
        }
        return known;
    }
}
