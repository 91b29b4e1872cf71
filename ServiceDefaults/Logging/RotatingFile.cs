using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// One file that grows, <c>{service}.jsonl</c>, and its predecessors, <c>{service}-20010301T130000123Z.jsonl.gz</c>, named by the time of their first line.
/// Compressing a full file holds the lines behind it for its duration (64 MiB: some tenths of a second); the queue before it bridges that.
/// </summary>
internal sealed class RotatingFile(FileLogOptions options, string service, TimeProvider time) : ILineTarget
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmssfff'Z'";

    private readonly string current = Path.Combine(options.Directory!, $"{service}.jsonl");
    private readonly ArrayBufferWriter<byte> gathered = new(); // lines since the last flush, which get into the file together or not at all
    private FileStream? file;
    private DateTimeOffset startedAt;
    private bool lost; // of the lines since the last flush some that were taken

    public bool Write(ReadOnlySpan<byte> line, LogLevel level)
    {
        var isWaiting = gathered.WrittenCount > 0;
        try
        {
            file ??= Open();
            var length = file.Length + gathered.WrittenCount;
            if (length > 0 && (length + line.Length > options.MaxFileBytes || time.GetUtcNow() - startedAt >= options.MaxFileAge))
            {
                WriteGathered();
                isWaiting = false;
                Rotate();
            }
        }
        catch
        {
            lost |= isWaiting;
            gathered.ResetWrittenCount();
            throw;
        }

        gathered.Write(line);
        return false;
    }

    /// <exception cref="IOException">Of the lines since the last flush not all are in the file.</exception>
    public void Flush()
    {
        var wasLost = lost;
        lost = false;
        WriteGathered();
        if (wasLost)
        {
            throw new IOException($"Lines before could not be written to {current}.");
        }
    }

    public void Dispose()
    {
        try
        {
            WriteGathered();
        }
        finally
        {
            Close();
        }
    }

    private void WriteGathered()
    {
        if (gathered.WrittenCount == 0)
        {
            return;
        }

        var before = file!.Length;
        try
        {
            file.Write(gathered.WrittenSpan);
        }
        catch (IOException)
        {
            TakeBack(before);
            Close(); // the disk may be another one when it is opened again
            throw;
        }
        finally
        {
            gathered.ResetWrittenCount();
        }
    }

    /// <summary>Takes what fitted of lines that did not, if the disk lets it.</summary>
    private void TakeBack(long length)
    {
        try
        {
            file!.SetLength(length);
        }
        catch (IOException)
        {
            // Then a part of a line stays, which the next one will not continue.
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(options.Directory!);
        Try(Prune);
        startedAt = File.Exists(current) ? new DateTimeOffset(File.GetCreationTimeUtc(current), TimeSpan.Zero) : time.GetUtcNow();
        var opened = new FileStream(current, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        if (opened.Length > 0)
        {
            // A crash may have torn the last line: the next one must not become its end.
            opened.Seek(-1, SeekOrigin.End);
            if (opened.ReadByte() != '\n')
            {
                opened.WriteByte((byte)'\n');
            }
        }

        return opened;
    }

    private void Close()
    {
        var closing = file;
        file = null;
        closing?.Dispose();
    }

    private void Rotate()
    {
        Close();
        File.Move(current, FreeName());
        file = Open();
        Try(Compress);
    }

    private string FreeName()
    {
        for (var moment = startedAt; ; moment = moment.AddMilliseconds(1))
        {
            var name = Path.Combine(options.Directory!, $"{service}-{moment.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}.jsonl");
            if (!File.Exists(name) && !File.Exists($"{name}.gz"))
            {
                return name;
            }
        }
    }

    /// <summary>What does not work now, on a disk that is full, must not cost the lines that come: it is done with the next file.</summary>
    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Compresses every closed file, also one that was left as it was by a crash or a full disk.</summary>
    private void Compress()
    {
        foreach (var plain in Closed().Where(File.Exists))
        {
            var unfinished = $"{plain}.gz.tmp";
            try
            {
                using (var from = File.OpenRead(plain))
                using (var to = new GZipStream(File.Create(unfinished), CompressionLevel.Fastest))
                {
                    from.CopyTo(to);
                }

                File.Move(unfinished, $"{plain}.gz", overwrite: true);
            }
            catch
            {
                File.Delete(unfinished); // it would fill the disk further
                throw;
            }

            File.Delete(plain);
        }
    }

    private void Prune()
    {
        var oldest = time.GetUtcNow() - options.MaxArchiveAge;
        foreach (var plain in Closed().Where((plain, index) => index >= options.MaxArchives || StartOf(plain) <= oldest))
        {
            File.Delete(plain);
            File.Delete($"{plain}.gz");
            File.Delete($"{plain}.gz.tmp");
        }
    }

    /// <summary>The closed files, the newest first, by their names before they were compressed. What is not named by us is not ours.</summary>
    private IReadOnlyList<string> Closed() =>
    [
        .. Directory.GetFiles(options.Directory!, $"{service}-*.jsonl").Concat(Directory.GetFiles(options.Directory!, $"{service}-*.jsonl.gz").Select(archive => archive[..^".gz".Length]))
            .Distinct().Where(plain => StartOf(plain) is not null).OrderDescending(StringComparer.Ordinal),
    ];

    private DateTimeOffset? StartOf(string plain) => DateTimeOffset.TryParseExact(
        Path.GetFileName(plain)[(service.Length + 1)..^".jsonl".Length], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start) ? start : null;
}
