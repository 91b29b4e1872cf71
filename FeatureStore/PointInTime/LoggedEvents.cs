using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What one event adds to one tile.</summary>
/// <param name="View">Position of the view in the registry.</param>
/// <param name="Entity">Number of the entity in the <see cref="JoinState"/>.</param>
internal readonly record struct TileChange(int View, int Entity, int Day, int Slot, Tile Add);

/// <summary>Turns the rows of one source into bytes that a sort can hold, and those into what they change. Used by one thread.</summary>
/// <param name="index">Position of the source among all that the log may hold; the bytes begin with it, as an i32.</param>
/// <remarks>Behind it a <see cref="TileChange"/> for each tile view of the source, with a <see cref="TileMark"/> where the view has maxima, then <c>i32 entity | i32 length | bytes</c> for each row view.</remarks>
internal sealed class LoggedEvents(int index, PushTarget target, JoinState state)
{
    private readonly TileIncrement[] increments = new TileIncrement[target.Aggregation.ViewCount];
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>The bytes of an event; valid until the next call.</summary>
    /// <param name="row">Shape [fields of the source].</param>
    public ReadOnlySpan<byte> Encode(DateTimeOffset moment, ReadOnlySpan<FieldValue> row)
    {
        bytes.ResetWrittenCount();
        Write(index);
        target.Aggregation.Increments(moment, row, increments);
        foreach (ref readonly var increment in increments.AsSpan())
        {
            Write(new TileChange(increment.View, state.Entity(increment.Entity), increment.Day, increment.Slot, increment.Add));
            if (state.HasMaxima(increment.View)) { Write(increment.Mark); }
        }
        foreach (var writer in target.Rows)
        {
            var packed = writer.Pack(moment, row);
            Write(state.Entity(writer.Key(row).Entity));
            Write(packed.Length);
            bytes.Write(packed);
        }
        return bytes.WrittenSpan;
    }

    /// <summary>Which source's they are.</summary>
    public static int IndexOf(ReadOnlySpan<byte> encoded) => MemoryMarshal.Read<int>(encoded);

    /// <summary>The event happens.</summary>
    /// <param name="encoded">From <see cref="Encode"/>.</param>
    public void Apply(ReadOnlySpan<byte> encoded)
    {
        Read<int>(ref encoded);
        for (var i = 0; i < increments.Length; i++)
        {
            var change = Read<TileChange>(ref encoded);
            state.Add(change);
            if (state.HasMaxima(change.View)) { state.AddMaxima(change, Read<TileMark>(ref encoded)); }
        }
        foreach (var writer in target.Rows)
        {
            var (entity, length) = (Read<int>(ref encoded), Read<int>(ref encoded));
            state.Add(writer.ViewIndex, entity, encoded[..length]);
            encoded = encoded[length..];
        }
    }

    private void Write<T>(T value) where T : unmanaged => bytes.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    private static T Read<T>(ref ReadOnlySpan<byte> from) where T : unmanaged
    {
        var value = MemoryMarshal.Read<T>(from);
        from = from[Unsafe.SizeOf<T>()..];
        return value;
    }
}
