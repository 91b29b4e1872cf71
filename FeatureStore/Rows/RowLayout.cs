using System.Buffers.Binary;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Rows;

/// <summary>Where each value of a row view is in the bytes of a row. Immutable; docs/feature-layout.md has the layout with an example.</summary>
/// <remarks>
/// <c>01 | event time u64 | lag u32 | null bitmap | one slot a value | variable part</c>. Time and lag are big endian, so that of two rows the greater bytes are the newer row;
/// slots and everything in them little endian. A slot holds the value, or (texts, bytes, lists) the end of its bytes in the variable part, u32.
/// </remarks>
internal sealed class RowLayout
{
    public const byte Format = 1;
    private const int BitmapAt = 13;
    private const ulong SignBit = 1UL << 63;

    private readonly FieldType[] types;
    private readonly int[] slots;
    private readonly int[] fixedSizes;
    private readonly int slotsAt;
    private readonly int variableAt;

    public RowLayout(IReadOnlyList<Feature> values)
    {
        types = [.. values.Select(value => value.Type)];
        slots = new int[types.Length];
        fixedSizes = new int[types.Length];
        slotsAt = variableAt = BitmapAt + (types.Length + 7) / 8;
        for (var i = 0; i < types.Length; i++)
        {
            slots[i] = variableAt;
            fixedSizes[i] = FieldTypes.SizeBytes(types[i]);
            variableAt += IsVariable(i) ? sizeof(uint) : fixedSizes[i];
        }
    }

    /// <summary>8 hexadecimal digits that change with anything that decides which row is whose and what its bytes mean. They are in the key: rows of another definition are never read.</summary>
    public static string Version(RowView view) => LayoutVersion.Of([$"{Format}", .. view.Entity.Keys.Select(key => $"key:{key.Name}:{FieldTypes.Name(key.Type)}"), .. view.From is { } from ? Lines(from) : [], .. view.Row.Select(value => $"{value.Name}:{FieldTypes.Name(value.Type)}")]);

    /// <summary>The bytes of a row.</summary>
    /// <param name="lag">How long after the event time the row was made; of two rows with the same event time the greater lag wins. 0 to 49 days by the millisecond; longer ones count as that.</param>
    /// <param name="values">Shape [values]; what <see cref="PackedValue"/> takes for the type, or null.</param>
    public byte[] Pack(DateTimeOffset eventTime, TimeSpan lag, ReadOnlySpan<object?> values)
    {
        var sizes = new int[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            sizes[i] = IsVariable(i) && values[i] is { } value ? PackedValue.SizeBytes(types[i], value) : 0;
        }
        var row = new byte[variableAt + sizes.Sum()];
        row[0] = Format;
        BinaryPrimitives.WriteUInt64BigEndian(row.AsSpan(1), (ulong)Microseconds(eventTime) ^ SignBit);
        BinaryPrimitives.WriteUInt32BigEndian(row.AsSpan(9), (uint)Math.Clamp(lag.Ticks / TimeSpan.TicksPerMillisecond, 0, uint.MaxValue));
        var end = 0;
        for (var i = 0; i < types.Length; i++)
        {
            if (values[i] is null)
            {
                row[BitmapAt + i / 8] |= (byte)(1 << (i % 8));
            }
            else
            {
                PackedValue.Write(types[i], values[i]!, IsVariable(i) ? row.AsSpan(variableAt + end, sizes[i]) : row.AsSpan(slots[i]));
            }
            end += sizes[i];
            if (IsVariable(i))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(row.AsSpan(slots[i]), (uint)end);
            }
        }
        return row;
    }

    /// <summary>False when the bytes are no row of this layout.</summary>
    public bool IsValid(ReadOnlySpan<byte> row)
    {
        if (row.Length < variableAt || row[0] != Format)
        {
            return false;
        }
        var end = 0L;
        for (var i = 0; i < types.Length; i++)
        {
            if (!IsVariable(i))
            {
                continue;
            }
            var (start, next) = ((int)end, BinaryPrimitives.ReadUInt32LittleEndian(row[slots[i]..]));
            if (next < end || next > row.Length - variableAt || !PackedValue.IsValid(types[i], row[(variableAt + start)..(variableAt + (int)next)]))
            {
                return false;
            }
            end = next;
        }
        return end == row.Length - variableAt;
    }

    /// <summary>Microseconds since 1970 of the event.</summary>
    public static long EventTime(ReadOnlySpan<byte> row) => (long)(BinaryPrimitives.ReadUInt64BigEndian(row[1..]) ^ SignBit);

    /// <summary>The moment in the unit of rows; finer parts are cut off.</summary>
    public static long Microseconds(DateTimeOffset moment) => (moment.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static bool IsNull(ReadOnlySpan<byte> row, int value) => (row[BitmapAt + value / 8] & (1 << (value % 8))) != 0;

    /// <summary>Whether any value of the row is null.</summary>
    public bool HasNull(ReadOnlySpan<byte> row) => row[BitmapAt..slotsAt].ContainsAnyExcept((byte)0);

    /// <summary>Where the bytes of a value of fixed size begin in a row.</summary>
    public int SlotOf(int value) => slots[value];

    /// <summary>The bytes of a value that is not null; read them with <see cref="PackedValue"/>.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> row, int value)
    {
        if (!IsVariable(value))
        {
            return row.Slice(slots[value], fixedSizes[value]);
        }
        var start = 0u;
        for (var before = value - 1; before >= 0; before--)
        {
            if (!IsVariable(before))
            {
                continue;
            }
            start = BinaryPrimitives.ReadUInt32LittleEndian(row[slots[before]..]);
            break;
        }
        var end = BinaryPrimitives.ReadUInt32LittleEndian(row[slots[value]..]);
        return row[(variableAt + (int)start)..(variableAt + (int)end)];
    }

    private static IEnumerable<string> Lines(ViewSource from) => [$"source:{from.Source.Name}:{from.Source.EventTime}", .. from.Join.Select(field => $"join:{field}")];

    private bool IsVariable(int value) => fixedSizes[value] == 0;
}
