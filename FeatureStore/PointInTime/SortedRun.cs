using System.Buffers.Binary;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A temporary file of records: <c>i64 first | i64 second | i32 length | bytes</c>, one behind the other.</summary>
internal static class SortedRun
{
    private const int HeadBytes = 20;
    private const int BufferBytes = 1 << 16;

    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SortedRecord> records)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        Span<byte> head = stackalloc byte[HeadBytes];
        foreach (var record in records)
        {
            BinaryPrimitives.WriteInt64LittleEndian(head, record.First);
            BinaryPrimitives.WriteInt64LittleEndian(head[8..], record.Second);
            BinaryPrimitives.WriteInt32LittleEndian(head[16..], record.Bytes.Length);
            file.Write(head);
            file.Write(record.Bytes.Span);
        }
    }

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<SortedRecord> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        var (head, bytes) = (new byte[HeadBytes], new byte[256]);
        while (file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) > 0)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(16));
            if (length > bytes.Length)
            {
                bytes = new byte[length];
            }
            file.ReadExactly(bytes, 0, length);
            yield return new SortedRecord(BinaryPrimitives.ReadInt64LittleEndian(head), BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8)), bytes.AsMemory(0, length));
        }
    }
}
