using System.Buffers.Binary;
using System.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>How far a log is applied to Redis, as the file <c>applied</c> beside it says: it may lag, never lead. Owned by one loop.</summary>
/// <remarks>The file: <c>04 | u32 CRC-32C of the rest | i64 sequence</c>, then for each of <see cref="Known"/> <c>i8 partition, -1 = all | i64 next sequence | i64 noted at (unix ms) | u8 length | log in ASCII</c>, little endian.</remarks>
internal sealed class AppliedMark
{
    private const string FileName = "applied";
    private const byte Format = 4;
    private const sbyte All = -1;
    private const int HeadBytes = 13;
    private const int EntryBytes = 18;

    private readonly Dictionary<(string Log, int? Partition), KnownPosition> known = [];

    /// <summary>Every row below is applied.</summary>
    public long Sequence { get; private set; }

    /// <summary>What Redis must know, unless it lost something: up to where the log is applied, by the last push, and in each partition of a cluster by the last with rows for it.</summary>
    public IReadOnlyCollection<KnownPosition> Known => known.Values;

    /// <summary>The mark of a log; the beginning when there is none, or its file is damaged or of another format: applying again changes nothing.</summary>
    public static AppliedMark Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var mark = new AppliedMark();
        if (bytes.Length < HeadBytes || bytes[0] != Format || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1)) != Crc32C.Of(bytes.AsSpan(5)))
        {
            return mark;
        }
        mark.Sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(5));
        for (var at = HeadBytes; at < bytes.Length; at += EntryBytes + bytes[at + EntryBytes - 1])
        {
            int? partition = (sbyte)bytes[at] is var one && one == All ? null : one;
            var position = new LogPosition(Encoding.ASCII.GetString(bytes, at + EntryBytes, bytes[at + EntryBytes - 1]), partition, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 1)));
            mark.Know(new KnownPosition(position, DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 9)))));
        }
        return mark;
    }

    /// <summary>Everything below a sequence is applied.</summary>
    public void Advance(long sequence, IEnumerable<LogPosition> noted, DateTimeOffset at)
    {
        Sequence = sequence;
        foreach (var position in noted)
        {
            Know(new KnownPosition(position, at));
        }
    }

    /// <summary>Redis knows it.</summary>
    public void Know(KnownPosition position) => known[(position.Position.Log, position.Position.Partition)] = position;

    /// <summary>Up to where Redis must know that a log is applied; 0 = it need not, or was told before <paramref name="since"/>.</summary>
    public long Next(LogPosition of, DateTimeOffset since) => known.TryGetValue((of.Log, of.Partition), out var position) && position.At >= since ? position.Position.Next : 0;

    /// <summary>What was noted earlier need not be known any more.</summary>
    public void Forget(DateTimeOffset before)
    {
        foreach (var (of, position) in known)
        {
            if (position.At < before)
            {
                known.Remove(of);
            }
        }
    }

    /// <exception cref="IOException">It cannot be written; the older one stays.</exception>
    public void Write(string directory)
    {
        var bytes = new byte[HeadBytes + known.Keys.Sum(of => EntryBytes + of.Log.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(5), Sequence);
        var at = bytes.AsSpan(HeadBytes);
        foreach (var (position, noted) in known.Values)
        {
            at[0] = (byte)(position.Partition ?? All);
            BinaryPrimitives.WriteInt64LittleEndian(at[1..], position.Next);
            BinaryPrimitives.WriteInt64LittleEndian(at[9..], noted.ToUnixTimeMilliseconds());
            at[EntryBytes - 1] = (byte)Encoding.ASCII.GetBytes(position.Log, at[EntryBytes..]);
            at = at[(EntryBytes + at[EntryBytes - 1])..];
        }
        bytes[0] = Format;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), Crc32C.Of(bytes.AsSpan(5)));
        WholeFile.Write(Path.Combine(directory, FileName), bytes);
    }
}

/// <summary>Up to where a log is applied.</summary>
/// <param name="Log">Its name as a producer, after <see cref="Online.RedisKeys.OwnPrefix"/>.</param>
/// <param name="Partition">Of a cluster; null = all.</param>
/// <param name="Next">Sequence of the first row that is not applied.</param>
internal sealed record LogPosition(string Log, int? Partition, long Next);

/// <summary>What Redis was told of a log.</summary>
/// <param name="At">When that was.</param>
internal sealed record KnownPosition(LogPosition Position, DateTimeOffset At);
