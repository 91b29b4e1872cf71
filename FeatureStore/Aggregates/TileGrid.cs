namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Cuts UTC time into tiles of equal length: tile <c>i</c> holds the seconds <c>[i * Seconds, (i + 1) * Seconds)</c> since 1970.</summary>
/// <remarks>Example, tiles of 5 minutes: 2001-03-01T13:07:59Z is in tile 3,278,173, which is slot 157 of UTC day 11,382.</remarks>
internal readonly record struct TileGrid(int Seconds)
{
    private const int SecondsPerDay = 86_400;

    public TileGrid(TimeSpan tile) : this((int)(tile.Ticks / TimeSpan.TicksPerSecond)) { }

    public int TilesPerDay => SecondsPerDay / Seconds;

    /// <summary>The tile that holds the moment.</summary>
    public long IndexOf(long unixSeconds) => FloorDivide(unixSeconds, Seconds);

    /// <summary>The UTC day (days since 1970-01-01) of a tile.</summary>
    public int DayOf(long index) => (int)FloorDivide(index, TilesPerDay);

    /// <summary>Position of a tile in its UTC day, in [0, TilesPerDay).</summary>
    public int SlotOf(long index) => (int)(index - (long)DayOf(index) * TilesPerDay);

    /// <summary>Seconds since 1970 at which the tile ends.</summary>
    public long EndOf(long index) => (index + 1) * Seconds;

    /// <summary>The quotient rounded towards minus infinity, so that moments before 1970 fall into their tile, too.</summary>
    internal static long FloorDivide(long value, int divisor) =>
        (ulong)value <= uint.MaxValue ? (uint)value / (uint)divisor // moments from 1970 to 2106: a division of 32 bits takes a fraction of one of 64
        : value >= 0 ? value / divisor : (value + 1) / divisor - 1;
}

/// <summary>Tile indexes [Start, End); empty when End is not after Start.</summary>
internal readonly record struct TileRange(long Start, long End)
{
    public bool IsEmpty => End <= Start;
}
