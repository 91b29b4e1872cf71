using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The increments of some rows, summed per tile, so that Redis adds once to a tile that many rows fall into.</summary>
/// <remarks>Sums of at most <see cref="RowCheck.MaxRows"/> rows fit into a tile: 10,000 events, and 10,000 times at most 32,767.</remarks>
internal sealed class TileBatch
{
    /// <summary>Size of one increment in a packed value: slot u16, count u16, flagged u16, sum i32, big endian.</summary>
    private const int IncrementBytes = 10;

    private readonly Dictionary<OnlineKey, Dictionary<int, Tile>> days = [];

    private readonly Dictionary<OnlineKey, Dictionary<int, Maximum>> maxima = []; // by offset in the day

    public TileBatch(PushedRows rows)
    {
        var increments = new TileIncrement[rows.Target.Aggregation.ViewCount];
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows.Idle.Contains(row))
            {
                continue;
            }
            rows.Target.Aggregation.Increments(rows.EventTimes[row], rows.Row(row), increments);
            foreach (ref readonly var increment in increments.AsSpan())
            {
                Add(increment);
                if (rows.Target.Keys.Maxima(increment.View) is { } layout)
                {
                    AddMaxima(layout, increment);
                }
            }
        }
    }

    /// <summary>Every day that changes, with its packed increments: 10 bytes a tile.</summary>
    public IEnumerable<Write> Days => days.Select(day => new Write(day.Key, Pack(day.Value)));

    /// <summary>Every day whose maxima may change, with the packed maxima: offset u32, width u8, and as many bytes, big endian.</summary>
    public IEnumerable<Write> Maxima => maxima.Select(day => new Write(day.Key, Pack(day.Value)));

    private void Add(in TileIncrement increment)
    {
        ref var slots = ref CollectionsMarshal.GetValueRefOrAddDefault(days, new OnlineKey(increment.View, increment.Entity, increment.Day), out _);
        slots ??= [];
        ref var tile = ref CollectionsMarshal.GetValueRefOrAddDefault(slots, increment.Slot, out _);
        tile = new Tile((ushort)(tile.Count + increment.Add.Count), (ushort)(tile.Flagged + increment.Add.Flagged), tile.Sum + increment.Add.Sum);
    }

    private void AddMaxima(MaximaLayout layout, in TileIncrement increment)
    {
        ref var day = ref CollectionsMarshal.GetValueRefOrAddDefault(maxima, new OnlineKey(increment.View, increment.Entity, increment.Day, Maxima: true), out _);
        day ??= [];
        Span<Maximum> written = stackalloc Maximum[MaximaLayout.MaxParts];
        foreach (var maximum in written[..layout.Maxima(increment.Slot, increment.Add, increment.Mark, written)])
        {
            ref var greatest = ref CollectionsMarshal.GetValueRefOrAddDefault(day, maximum.Offset, out _);
            if (maximum.Value > greatest.Value)
            {
                greatest = maximum;
            }
        }
    }

    private static byte[] Pack(Dictionary<int, Maximum> day)
    {
        var packed = new byte[day.Values.Sum(maximum => sizeof(uint) + 1 + maximum.Width)];
        var at = packed.AsSpan();
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        foreach (var maximum in day.Values)
        {
            BinaryPrimitives.WriteInt32BigEndian(at, maximum.Offset);
            at[sizeof(uint)] = (byte)maximum.Width;
            BinaryPrimitives.WriteUInt64BigEndian(value, maximum.Value);
            value[^maximum.Width..].CopyTo(at[(sizeof(uint) + 1)..]);
            at = at[(sizeof(uint) + 1 + maximum.Width)..];
        }
        return packed;
    }

    private static byte[] Pack(Dictionary<int, Tile> slots)
    {
        var packed = new byte[slots.Count * IncrementBytes];
        var at = packed.AsSpan();
        foreach (var (slot, tile) in slots)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)slot);
            BinaryPrimitives.WriteUInt16BigEndian(at[2..], tile.Count);
            BinaryPrimitives.WriteUInt16BigEndian(at[4..], tile.Flagged);
            BinaryPrimitives.WriteInt32BigEndian(at[6..], tile.Sum);
            at = at[IncrementBytes..];
        }
        return packed;
    }
}
