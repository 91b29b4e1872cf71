using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Turns the rows of one source into bytes that a sort can hold: what each changes in the views that are asked for. Safe from several threads.</summary>
/// <remarks><c>i32 source</c>, then for each tile view <c>i32 entity | Tile</c>, with a <see cref="TileMark"/> where the view has maxima, then for each row view <c>i32 entity | i32 length | bytes</c>.</remarks>
internal sealed class LoggedEvents
{
    private readonly int index;
    private readonly EntityNumbers entities;
    private readonly SourceAggregation.ViewOfSource[] tiles;
    private readonly RowWriter[] rows;
    private readonly int[] keys;
    private readonly int rowsAt;

    /// <param name="index">Position of the source among all that the log may hold.</param>
    /// <param name="isAsked">Whether a view is read.</param>
    public LoggedEvents(int index, PushTarget target, EntityNumbers entities, Func<FeatureView, bool> isAsked)
    {
        (this.index, this.entities, Target) = (index, entities, target);
        tiles = Array.FindAll(target.Aggregation.Views, part => isAsked(part.View));
        rows = Array.FindAll(target.Rows, writer => isAsked(writer.View));
        rowsAt = sizeof(int) + tiles.Sum(Bytes);
        keys = [.. Enumerable.Range(0, target.Source.Fields.Count).Where(target.IsKey)];
    }

    public PushTarget Target { get; }

    /// <summary>Nothing that is read is changed by it.</summary>
    public bool IsIdle => tiles.Length == 0 && rows.Length == 0;

    /// <summary>Where an event stands among rows, in UTC ticks: rows of a later moment see it. Of row views also those of the same microsecond, to which the online store keeps event times.</summary>
    public long Place(long ticks) => rows.Length > 0 ? ticks - ticks % TimeSpan.TicksPerMicrosecond - 1 : ticks;

    /// <summary>What is read cannot be made without the field.</summary>
    public bool Needs(int field) => Array.Exists(tiles, part => part.Needs(field)) || Array.Exists(rows, writer => writer.Needs(field));

    /// <summary>Which source's they are.</summary>
    public static int SourceOf(ReadOnlySpan<byte> encoded) => MemoryMarshal.Read<int>(encoded);

    /// <summary>Where the bytes of a tile view begin; -1 when the source has none of it.</summary>
    public int OffsetOf(AggregateView view)
    {
        var at = Array.FindIndex(tiles, part => part.View == view);
        return at < 0 ? -1 : sizeof(int) + tiles[..at].Sum(Bytes);
    }

    /// <summary>Which of the row views of the source it is; -1 when it is none.</summary>
    public int SlotOf(RowView view) => Array.FindIndex(rows, writer => writer.View == view);

    /// <summary>The bytes of a row view.</summary>
    /// <param name="slot">From <see cref="SlotOf"/>.</param>
    public ReadOnlySpan<byte> RowOf(int slot, ReadOnlySpan<byte> encoded, out int entity)
    {
        for (var at = rowsAt; ; slot--)
        {
            var row = encoded.Slice(at + 2 * sizeof(int), MemoryMarshal.Read<int>(encoded[(at + sizeof(int))..]));
            if (slot == 0)
            {
                entity = MemoryMarshal.Read<int>(encoded[at..]);
                return row;
            }
            at += 2 * sizeof(int) + row.Length;
        }
    }

    /// <param name="row">Shape [fields of the source].</param>
    public void Encode(DateTimeOffset moment, ReadOnlySpan<FieldValue> row, IBufferWriter<byte> to)
    {
        Span<int> values = stackalloc int[row.Length];
        foreach (var key in keys)
        {
            values[key] = entities.Of(row[key].KeyText);
        }
        WriteTiles(moment, row, values, to.GetSpan(rowsAt));
        to.Advance(rowsAt);
        foreach (var writer in rows)
        {
            var packed = writer.Pack(moment, row);
            Write(to, entities.Of(values, writer.Keys));
            Write(to, packed.Length);
            to.Write(packed);
        }
    }

    private void WriteTiles(DateTimeOffset moment, ReadOnlySpan<FieldValue> row, ReadOnlySpan<int> values, Span<byte> to)
    {
        MemoryMarshal.Write(to, index);
        to = to[sizeof(int)..];
        foreach (var part in tiles)
        {
            MemoryMarshal.Write(to, entities.Of(values, part.Keys));
            MemoryMarshal.Write(to[sizeof(int)..], part.Add(row));
            if (part.HasMaxima)
            {
                MemoryMarshal.Write(to[(sizeof(int) + Unsafe.SizeOf<Tile>())..], part.Mark(moment, row));
            }
            to = to[Bytes(part)..];
        }
    }

    private static int Bytes(SourceAggregation.ViewOfSource part) => sizeof(int) + Unsafe.SizeOf<Tile>() + (part.HasMaxima ? Unsafe.SizeOf<TileMark>() : 0);

    private static void Write<T>(IBufferWriter<byte> to, T value) where T : unmanaged => to.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
