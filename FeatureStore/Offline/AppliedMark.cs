using System.Buffers.Binary;
using System.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>How far a log is applied to Redis, as the file <c>applied</c> beside it says: it may lag, never lead. Owned by one loop.</summary>
/// <remarks>The file: <c>03 | u32 CRC-32C of the rest | i64 sequence</c>, then for each of <see cref="Known"/> <c>i8 partition, -1 = all | i64 next offset | i64 written at (unix ms) | u8 length | producer in UTF-8</c>, little endian.</remarks>
internal sealed class AppliedMark
{
    private const string FileName = "applied";
    private const byte Format = 3;
    private const sbyte All = -1;
    private const int HeadBytes = 13;
    private const int EntryBytes = 18;

    private readonly Dictionary<sbyte, KnownOffset> known = [];

    /// <summary>Every row below is applied.</summary>
    public long Sequence { get; private set; }

    /// <summary>What Redis must know, unless it lost something: of the last applied push, and of the last with rows for each partition of a cluster, the producer's next offset.</summary>
    public IReadOnlyCollection<KnownOffset> Known => known.Values;

    /// <summary>The mark of a log; the beginning when there is none or its file is damaged: applying again changes nothing.</summary>
    public static AppliedMark Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var mark = new AppliedMark();
        if (bytes.Length < HeadBytes || bytes[0] != Format || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1)) != Crc32C.Of(bytes.AsSpan(5))) { return mark; }
        mark.Sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(5));
        for (var at = HeadBytes; at < bytes.Length; at += EntryBytes + bytes[at + EntryBytes - 1])
        {
            var partition = (sbyte)bytes[at];
            mark.known[partition] = new KnownOffset(partition == All ? null : partition, Encoding.UTF8.GetString(bytes, at + EntryBytes, bytes[at + EntryBytes - 1]), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 1)), DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 9))));
        }
        return mark;
    }

    /// <summary>A push is applied.</summary>
    /// <param name="pushed">What Redis knows by it, in all partitions.</param>
    /// <param name="partitions">Partitions of a cluster that have its rows.</param>
    public void Advance(long sequence, KnownOffset pushed, IEnumerable<int> partitions)
    {
        Sequence = sequence;
        known[All] = pushed;
        foreach (var partition in partitions) { known[(sbyte)partition] = pushed with { Partition = partition }; }
    }

    /// <exception cref="IOException">It cannot be written; the older one stays.</exception>
    public void Write(string directory)
    {
        var bytes = new byte[HeadBytes + known.Values.Sum(entry => EntryBytes + Encoding.UTF8.GetByteCount(entry.Producer))];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(5), Sequence);
        var at = bytes.AsSpan(HeadBytes);
        foreach (var (partition, entry) in known)
        {
            at[0] = (byte)partition;
            BinaryPrimitives.WriteInt64LittleEndian(at[1..], entry.Next);
            BinaryPrimitives.WriteInt64LittleEndian(at[9..], entry.At.ToUnixTimeMilliseconds());
            at[EntryBytes - 1] = (byte)Encoding.UTF8.GetBytes(entry.Producer, at[EntryBytes..]);
            at = at[(EntryBytes + at[EntryBytes - 1])..];
        }
        bytes[0] = Format;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), Crc32C.Of(bytes.AsSpan(5)));
        WholeFile.Write(Path.Combine(directory, FileName), bytes);
    }
}

/// <summary>A producer's next offset as Redis knew it.</summary>
/// <param name="Partition">In one partition of a cluster; null = in all.</param>
/// <param name="At">When that was.</param>
internal sealed record KnownOffset(int? Partition, string Producer, long Next, DateTimeOffset At);
