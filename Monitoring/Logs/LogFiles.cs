using System.Buffers;
using System.IO.Compression;

namespace MlAspire.Monitoring.Logs;

/// <summary>What is done with a line.</summary>
/// <param name="line">Without its end.</param>
internal delegate void LineHandler(ReadOnlySpan<byte> line);

/// <summary>The log files of all services: <c>*.jsonl</c> that grow, <c>*.jsonl.gz</c> that are closed.</summary>
internal static class LogFiles
{
    /// <summary>Longer lines are skipped.</summary>
    public const int MaxLineBytes = 4 << 20;

    private const int ChunkBytes = 1 << 18;

    /// <summary>Those that were written to since <paramref name="since"/>, newest first.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IReadOnlyList<FileInfo> In(string directory, DateTimeOffset since) => !Directory.Exists(directory) ? [] :
    [
        .. new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
            .Where(file => (file.Name.EndsWith(".jsonl", StringComparison.Ordinal) || file.Name.EndsWith(".jsonl.gz", StringComparison.Ordinal)) && file.LastWriteTimeUtc >= since)
            .OrderByDescending(file => file.LastWriteTimeUtc),
    ];

    /// <summary>Reads the whole lines of a file, first to last, at most <paramref name="maxBytes"/>.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="IOException">The file cannot be read, or is gone: it was rotated.</exception>
    /// <exception cref="InvalidDataException">The compressed file is damaged.</exception>
    public static long Read(string path, long maxBytes, LineHandler onLine, CancellationToken cancellationToken)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        return Read(stream, maxBytes, onLine, cancellationToken).Bytes;
    }

    /// <summary>The same for a stream from where it stands.</summary>
    /// <returns>Bytes read, and how many of them were behind the last line's end.</returns>
    public static (long Bytes, int Unfinished) Read(Stream stream, long maxBytes, LineHandler onLine, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var (total, held, skipping) = (0L, 0, false);
            for (int read; total < maxBytes && (read = stream.Read(buffer, held, buffer.Length - held)) > 0; total += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rest = buffer.AsSpan(0, held + read);
                for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                {
                    if (!skipping && end > 0)
                    {
                        onLine(rest[..end]);
                    }

                    skipping = false;
                }

                skipping |= rest.Length >= MaxLineBytes;
                held = skipping ? 0 : rest.Length;
                rest[..held].CopyTo(buffer);
                buffer = held < buffer.Length ? buffer : Grown(buffer);
            }

            return (total, held);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grown(byte[] buffer)
    {
        var grown = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(grown, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }
}
