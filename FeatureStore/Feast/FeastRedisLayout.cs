using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Where a row view is in Feast's Redis online store, entity_key_serialization_version 3. Immutable.</summary>
/// <remarks>
/// The key is the entity and the project: u32 number of join keys, of each by name <c>2 | length | name</c>, then of each value <c>type | length | bytes</c>, all u32 little endian, then the project: ORD of flights is
/// <c>01000000 02000000 06000000 "origin" 02000000 03000000 "ORD" "flights"</c>. It is a hash of all views of the entity: a value's field is the murmur3 of <c>view:feature</c>, little endian, and
/// <c>_ts:view</c> is the event time as a protobuf Timestamp. When a row was made is not kept.
/// Source: <see href="https://github.com/feast-dev/feast/blob/master/sdk/python/feast/infra/key_encoding_utils.py">Feast, key_encoding_utils.py</see> and redis.py beside it.
/// </remarks>
internal sealed class FeastRedisLayout
{
    // Feast's join key of a view without one, whose value is empty (feature_view.py, DUMMY_ENTITY_ID and _VAL).
    private static readonly byte[] DummyId = "__dummy_id"u8.ToArray();

    private readonly RowView view;
    private readonly byte[] project;
    private readonly RowLayout packed;
    private readonly int[] keyOrder;

    public FeastRedisLayout(RowView view, string project)
    {
        (this.view, this.project, packed) = (view, Encoding.UTF8.GetBytes(project), new RowLayout(view.Row));
        keyOrder = [.. view.Entity.Keys.Index().OrderBy(key => key.Item.Name, StringComparer.Ordinal).Select(key => key.Index)];
        Fields = [.. view.Row.Select(feature => FieldOf(view.Name, feature.Name)), Encoding.UTF8.GetBytes($"_ts:{view.Name}")];
    }

    /// <summary>The hash's field of each value, then that of the event time.</summary>
    public byte[][] Fields { get; }

    /// <summary>The key of an entity.</summary>
    /// <param name="entity">Its <see cref="EntityKey"/>.</param>
    public byte[] Key(string entity)
    {
        var (values, key) = (EntityKey.Values(entity, keyOrder.Length), new ArrayBufferWriter<byte>());
        if (keyOrder.Length == 0)
        {
            WriteNumber(key, 1);
            WriteTyped(key, 2, DummyId);
            WriteTyped(key, 2, []);
            key.Write(project);
            return key.WrittenSpan.ToArray();
        }
        WriteNumber(key, keyOrder.Length);
        foreach (var at in keyOrder)
        {
            WriteTyped(key, 2, Encoding.UTF8.GetBytes(view.Entity.Keys[at].Name));
        }
        foreach (var at in keyOrder)
        {
            WriteValue(key, view.Entity.Keys[at].Type, values[at]);
        }
        key.Write(project);
        return key.WrittenSpan.ToArray();
    }

    /// <summary>Of a packed row the value of each of <see cref="Fields"/>.</summary>
    public byte[][] Encode(ReadOnlySpan<byte> row)
    {
        var values = new byte[Fields.Length][];
        for (var i = 0; i < view.Row.Count; i++)
        {
            var type = view.Row[i].Type;
            values[i] = FeastValue.Encode(type, RowLayout.IsNull(row, i) ? null : PackedValue.Read(type, packed.Value(row, i)));
        }
        values[^1] = Timestamp(RowLayout.EventTime(row));
        return values;
    }

    /// <summary>The packed row of what stands in <see cref="Fields"/>; empty when there is no row, and no row of the layout when a value is not of its type.</summary>
    /// <param name="values">Shape [Fields]; null = the hash has no such field.</param>
    public byte[] Decode(byte[]?[] values)
    {
        if (values[^1] is not { } timestamp)
        {
            return [];
        }
        try
        {
            var row = new object?[view.Row.Count];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = FeastValue.Decode(view.Row[i].Type, values[i]);
            }
            return packed.Pack(DateTimeOffset.UnixEpoch.AddTicks(Microseconds(timestamp) * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero, row);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException) // the latter: a time that no calendar has
        {
            return [0];
        }
    }

    private static byte[] FieldOf(string view, string feature)
    {
        var field = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(field, Murmur3.Hash(Encoding.UTF8.GetBytes($"{view}:{feature}")));
        return field;
    }

    private static void WriteValue(ArrayBufferWriter<byte> key, FieldType type, string value)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        if (type == FieldType.String)
        {
            WriteTyped(key, 2, Encoding.UTF8.GetBytes(value));
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, long.Parse(value, CultureInfo.InvariantCulture));
            WriteTyped(key, type == FieldType.Int32 ? 3 : 4, number[..FieldTypes.SizeBytes(type)]);
        }
    }

    private static void WriteTyped(ArrayBufferWriter<byte> key, int type, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(key, type);
        WriteNumber(key, bytes.Length);
        key.Write(bytes);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> key, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(key.GetSpan(sizeof(int)), number);
        key.Advance(sizeof(int));
    }

    /// <summary>google.protobuf.Timestamp: seconds 1, nanoseconds 2, neither when it is zero.</summary>
    private static byte[] Timestamp(long microseconds)
    {
        var (message, seconds) = (new ArrayBufferWriter<byte>(), TileGrid.FloorDivide(microseconds, 1_000_000));
        var nanoseconds = (microseconds - seconds * 1_000_000) * 1_000;
        foreach (var (field, number) in new[] { (1, seconds), (2, nanoseconds) })
        {
            if (number == 0)
            {
                continue;
            }
            ProtoBytes.WriteTag(message, field, ProtoBytes.Varint);
            ProtoBytes.WriteVarint(message, (ulong)number);
        }
        return message.WrittenSpan.ToArray();
    }

    private static long Microseconds(ReadOnlySpan<byte> timestamp)
    {
        var microseconds = 0L;
        while (!timestamp.IsEmpty)
        {
            var ((field, _), number) = ProtoBytes.ReadField(ref timestamp, out _);
            microseconds += field == 1 ? (long)number * 1_000_000 : (long)number / 1_000;
        }
        return microseconds;
    }
}
