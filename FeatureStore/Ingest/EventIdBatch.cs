using System.Buffers.Binary;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The ids that a push adds to those that are known.</summary>
/// <param name="rows">Which have some.</param>
internal sealed class EventIdBatch(PushedRows rows, EventIds ids)
{
    private ulong[]? partitions; // of each row, a bit each; made when they are asked for

    /// <summary>Positions of rows whose event an earlier row of the push has: of the same id in the same hour.</summary>
    public static IEnumerable<int> Repeated(PushedRows rows)
    {
        if (rows.EventIds is not { } ids)
        {
            return [];
        }
        var seen = new HashSet<(long, UInt128)>(rows.Count);
        return [.. rows.Changing.Where(row => rows.EventTimes[row] >= ids.KnownSince && !seen.Add((EventIds.HourOf(rows.EventTimes[row]), ids.Ids[row])))];
    }

    /// <summary>The ids hour by hour.</summary>
    /// <param name="partition">Of the rows that change something in it; null = of all.</param>
    public IEnumerable<EventIdWrite> In(int? partition) =>
        from row in rows.Changing
        where rows.EventTimes[row] >= ids.KnownSince && (partition is not { } one || (Partitions[row] & (1UL << one)) != 0)
        group row by EventIds.HourOf(rows.EventTimes[row]) into hour
        select new EventIdWrite(rows.Target.Source.Name, hour.Key, Pack(hour), [.. hour], ids.KeptFor(hour.Key));

    private ulong[] Partitions => partitions ??= [.. Enumerable.Range(0, rows.Count).Select(PartitionsOf)];

    private ulong PartitionsOf(int row)
    {
        if (rows.Idle.Contains(row))
        {
            return 0;
        }
        var increments = new TileIncrement[rows.Target.Aggregation.ViewCount];
        rows.Target.Aggregation.Increments(rows.EventTimes[row], rows.Row(row), increments);
        var changed = 0UL;
        foreach (var increment in increments)
        {
            changed |= 1UL << RedisKeys.Partition(increment.Entity);
        }
        foreach (var view in rows.Target.Rows)
        {
            changed |= 1UL << RedisKeys.Partition(view.Key(rows.Row(row)).Entity);
        }
        return changed;
    }

    private byte[] Pack(IEnumerable<int> which)
    {
        var packed = new byte[which.Count() * EventIds.Bytes];
        foreach (var (at, row) in which.Index())
        {
            BinaryPrimitives.WriteUInt128BigEndian(packed.AsSpan(at * EventIds.Bytes), ids.Ids[row]);
        }
        return packed;
    }
}

/// <summary>Ids of one hour.</summary>
/// <param name="Packed">16 bytes each.</param>
/// <param name="Rows">Which row has each of them.</param>
internal readonly record struct EventIdWrite(string Source, long Hour, byte[] Packed, int[] Rows, TimeSpan KeptFor);
