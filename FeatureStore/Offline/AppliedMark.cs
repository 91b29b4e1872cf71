using System.Buffers.Binary;
using System.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>How far a log is applied to Redis, as the file <c>applied</c> beside it says: it may lag, never lead.</summary>
/// <param name="Sequence">Every row below is applied.</param>
/// <param name="Producer">Producer of the last applied push; empty when there was none.</param>
/// <param name="NextOffset">What Redis knew then as that producer's next offset.</param>
/// <remarks>The file: <c>u32 CRC-32C of the rest | i64 sequence | i64 next offset | producer in UTF-8</c>, little endian.</remarks>
internal sealed record AppliedMark(long Sequence, string Producer, long NextOffset)
{
    private const string FileName = "applied";
    private const int FixedBytes = 20;

    /// <summary>The mark of a log; the beginning when there is none or its file is damaged: applying again changes nothing.</summary>
    public static AppliedMark Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        return bytes.Length >= FixedBytes && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Crc32C.Of(bytes.AsSpan(4))
            ? new AppliedMark(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(4)), Encoding.UTF8.GetString(bytes.AsSpan(FixedBytes)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(12)))
            : new AppliedMark(0, "", 0);
    }

    /// <exception cref="IOException">It cannot be written; the older one stays.</exception>
    public void Write(string directory)
    {
        var bytes = new byte[FixedBytes + Encoding.UTF8.GetByteCount(Producer)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), NextOffset);
        Encoding.UTF8.GetBytes(Producer, bytes.AsSpan(FixedBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Of(bytes.AsSpan(4)));
        WholeFile.Write(Path.Combine(directory, FileName), bytes);
    }
}
