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
        Compress();
        Prune();
        file = Open();
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

    /// <summary>Compresses every closed file, also one that a crash left as it was.</summary>
    private void Compress()
    {
        foreach (var plain in Directory.GetFiles(options.Directory!, $"{service}-*.jsonl"))
        {
            var unfinished = $"{plain}.gz.tmp";
            using (var from = File.OpenRead(plain))
            using (var to = new GZipStream(File.Create(unfinished), CompressionLevel.Fastest))
            {
                from.CopyTo(to);
            }

            File.Move(unfinished, $"{plain}.gz", overwrite: true);
            File.Delete(plain);
        }
    }

    private void Prune()
    {
        var archives = Directory.GetFiles(options.Directory!, $"{service}-*.jsonl.gz").OrderDescending(StringComparer.Ordinal).ToList();
        var oldest = time.GetUtcNow() - options.MaxArchiveAge;
        foreach (var archive in archives.Where((archive, index) => index >= options.MaxArchives || StartOf(archive) <= oldest))
        {
            File.Delete(archive);
        }
    }

    private DateTimeOffset StartOf(string archive) => DateTimeOffset.TryParseExact(
        Path.GetFileName(archive)[(service.Length + 1)..^".jsonl.gz".Length], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
        ? start
        : DateTimeOffset.MaxValue; // not named by us: not ours to delete by age
}
