using System.Buffers.Binary;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>What happened in one tile: 8 bytes, big endian as Redis BITFIELD writes them.</summary>
/// <param name="Count">Events, u16 at byte 0; stays at 65,535.</param>
/// <param name="Flagged">Flagged events, u16 at byte 2; stays at 65,535.</param>
/// <param name="Sum">Sum of the clipped values, i32 at byte 4; stays at its ends.</param>
/// <remarks>Three events of 12, 30 and -7 minutes, late over 15: <c>00 03 00 01 00 00 00 23</c>. Stopping at the ends is BITFIELD's OVERFLOW SAT.</remarks>
internal readonly record struct Tile(ushort Count, ushort Flagged, int Sum)
{
    public const int SizeBytes = 8;

    /// <summary>The tile at <paramref name="slot"/> of a day; an empty one past the end, as Redis strings end at the last tile written.</summary>
    public static Tile Read(ReadOnlySpan<byte> day, int slot)
    {
        var at = slot * SizeBytes;
        return at + SizeBytes <= day.Length ? Unpack(BinaryPrimitives.ReadUInt64BigEndian(day[at..])) : default;
    }

    /// <summary>Adds to the tile at <paramref name="slot"/>, which the day must have room for.</summary>
    public static void Add(Span<byte> day, int slot, Tile increment)
    {
        var tile = Read(day, slot).Plus(increment);
        var bytes = day[(slot * SizeBytes)..];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, tile.Count);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], tile.Flagged);
        BinaryPrimitives.WriteInt32BigEndian(bytes[4..], tile.Sum);
    }

    /// <summary>The sums, each of which stops at its ends.</summary>
    public Tile Plus(Tile other) => new(
        (ushort)Math.Min(Count + other.Count, ushort.MaxValue), (ushort)Math.Min(Flagged + other.Flagged, ushort.MaxValue), (int)Math.Clamp((long)Sum + other.Sum, int.MinValue, int.MaxValue));

    internal static Tile Unpack(ulong bits) => new((ushort)(bits >> 48), (ushort)(bits >> 32), (int)(uint)bits);
}
