using System.Buffers.Binary;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>A number of a tile that only grows: the greatest of all that were written to it stays, whatever their order and repetition.</summary>
/// <param name="Offset">In the bytes of the day.</param>
/// <param name="Width">Bytes, big endian: 1, 2 or 8.</param>
/// <param name="Value">Above 0, which is what nothing was written to.</param>
internal readonly record struct Maximum(int Offset, int Width, ulong Value);

/// <summary>What of an event goes into the maxima beside its value.</summary>
/// <param name="Microsecond">Of the UTC day.</param>
/// <param name="Hash">Of what is counted once; see <see cref="HyperLogLog"/>.</param>
internal readonly record struct TileMark(long Microsecond, ulong Hash);

/// <summary>Where a view's max, min, last and distinct are in the bytes of a day: for each tile the parts that its features need, in this order. Immutable; docs/feature-layout.md has it with an example.</summary>
internal sealed class MaximaLayout
{
    public const int MaxParts = 4;

    private const byte Format = 1;
    private const int ValueZero = 32_768; // values are within 32,767 of 0

    private readonly int highest;
    private readonly int lowest;
    private readonly int last;
    private readonly int registers;

    private MaximaLayout(AggregateView view)
    {
        highest = Place(view, AggregationFunction.Max, sizeof(ushort));
        lowest = Place(view, AggregationFunction.Min, sizeof(ushort));
        last = Place(view, AggregationFunction.Last, sizeof(ulong));
        registers = Place(view, AggregationFunction.Distinct, HyperLogLog.Registers);
        DayBytes = new TileGrid(view.Tile).TilesPerDay * TileBytes;
        Lines = [$"maxima:{highest}:{lowest}:{last}:{registers}", .. view.Distinct is { } field ? [$"distinct:{TileLayout.Typed(view.Source, field)}"] : Array.Empty<string>()];
        Version = LayoutVersion.Of([$"{Format}", .. TileLayout.Lines(view), .. Lines]);
    }

    /// <summary>Bytes of one tile.</summary>
    public int TileBytes { get; private set; }

    public int DayBytes { get; }

    /// <summary>What decides the bytes beside what decides those of the tiles.</summary>
    public string[] Lines { get; }

    /// <summary>8 hexadecimal digits that change with anything that decides the bytes, as those of <see cref="TileLayout"/>.</summary>
    public string Version { get; }

    /// <summary>The layout; null when no feature of the view needs one.</summary>
    public static MaximaLayout? Of(AggregateView view) => new MaximaLayout(view) is { TileBytes: > 0 } layout ? layout : null;

    /// <summary>What one event writes, to the first places of <paramref name="maxima"/>.</summary>
    /// <returns>How many.</returns>
    public int Maxima(int slot, Tile add, TileMark mark, Span<Maximum> maxima)
    {
        var (tile, count, value) = (slot * TileBytes, 0, add.Sum);
        if (highest >= 0)
        {
            maxima[count++] = new Maximum(tile + highest, sizeof(ushort), (ulong)(ValueZero + value));
        }
        if (lowest >= 0)
        {
            maxima[count++] = new Maximum(tile + lowest, sizeof(ushort), (ulong)(ValueZero - value));
        }
        if (last >= 0)
        {
            maxima[count++] = new Maximum(tile + last, sizeof(ulong), ((ulong)(mark.Microsecond + 1) << 16) | (uint)(ValueZero + value));
        }
        if (registers >= 0)
        {
            var (register, rank) = HyperLogLog.Place(mark.Hash);
            maxima[count++] = new Maximum(tile + registers + register, sizeof(byte), rank);
        }
        return count;
    }

    /// <summary>Value of a function over a range of tiles; NaN = there was no event. Found = something is stored for a day of the range.</summary>
    public AggregateValue Of<TDays>(AggregationFunction function, TileGrid grid, TileRange range, in TDays days) where TDays : struct, ITileMaxima
    {
        var (greatest, found) = (0UL, false);
        Span<byte> distinct = function == AggregationFunction.Distinct ? stackalloc byte[HyperLogLog.Registers] : [];
        for (var day = grid.DayOf(range.Start); day <= grid.DayOf(range.End - 1); day++)
        {
            var bytes = days.Maxima(day);
            if (bytes.IsEmpty)
            {
                continue;
            }
            found = true;
            var first = (long)day * grid.TilesPerDay;
            for (var tile = Math.Max(range.Start, first); tile < Math.Min(range.End, first + grid.TilesPerDay); tile++)
            {
                var at = (int)(tile - first) * TileBytes;
                if (at >= bytes.Length)
                {
                    break;
                }
                if (function == AggregationFunction.Distinct)
                {
                    HyperLogLog.Merge(distinct, bytes[(at + registers)..Math.Min(at + registers + HyperLogLog.Registers, bytes.Length)]);
                }
                // Tiles come in the order of time: of the last values the newest tile's counts.
                else if (Read(bytes, at, function) is > 0 and var read && (read > greatest || function == AggregationFunction.Last))
                {
                    greatest = read;
                }
            }
        }
        return new AggregateValue(function == AggregationFunction.Distinct ? found ? HyperLogLog.Estimate(distinct) : double.NaN : Value(function, greatest), found);
    }

    /// <summary>Writes what one event does to a day of <see cref="DayBytes"/>.</summary>
    public void Write(Span<byte> day, int slot, Tile add, TileMark mark)
    {
        Span<Maximum> maxima = stackalloc Maximum[MaxParts];
        foreach (var maximum in maxima[..Maxima(slot, add, mark, maxima)])
        {
            Write(day, maximum);
        }
    }

    private static void Write(Span<byte> day, Maximum maximum)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, maximum.Value);
        var given = bytes[^maximum.Width..];
        var stored = day.Slice(maximum.Offset, maximum.Width);
        if (given.SequenceCompareTo(stored) > 0)
        {
            given.CopyTo(stored);
        }
    }

    /// <summary>0 = nothing was written; a day ends with the last byte that was.</summary>
    private ulong Read(ReadOnlySpan<byte> day, int tile, AggregationFunction function)
    {
        var at = tile + (function == AggregationFunction.Max ? highest : function == AggregationFunction.Min ? lowest : last);
        if (function == AggregationFunction.Last)
        {
            return at + sizeof(ulong) <= day.Length ? BinaryPrimitives.ReadUInt64BigEndian(day[at..]) : 0;
        }
        return at + sizeof(ushort) <= day.Length ? BinaryPrimitives.ReadUInt16BigEndian(day[at..]) : 0UL;
    }

    private static double Value(AggregationFunction function, ulong greatest) => greatest == 0 ? double.NaN : function switch
    {
        AggregationFunction.Min => ValueZero - (double)greatest,
        AggregationFunction.Max => (double)greatest - ValueZero,
        _ => (double)(greatest & 0xFFFF) - ValueZero,
    };

    private int Place(AggregateView view, AggregationFunction function, int bytes)
    {
        if (!view.Aggregates.Any(feature => feature.Function == function))
        {
            return -1;
        }
        TileBytes += bytes;
        return TileBytes - bytes;
    }
}
