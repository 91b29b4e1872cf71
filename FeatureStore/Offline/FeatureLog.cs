using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Files;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The append-only log of one replica: every row that a producer was told is taken. Owned by one loop, except for <see cref="Failure"/>.</summary>
/// <remarks>A failed append is cut back to the last good end and leaves nothing behind; the next one tries again. Of the folder there is one owner, by a lock on <c>log.lock</c>.</remarks>
internal sealed partial class FeatureLog : IDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly OfflineOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<FeatureLog> log;
    private readonly FileStream ownership;
    private FileStream file;
    private LogSegment current;
    private long sealedBytes;
    private long end;
    private bool isTorn; // a failed write may have left something behind the end

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    /// <exception cref="InvalidDataException">The newest segment is damaged other than by a crash.</exception>
    public FeatureLog(IOptions<OfflineOptions> options, TimeProvider time, ILogger<FeatureLog> log)
    {
        (this.options, this.time, this.log) = (options.Value, time, log);
        System.IO.Directory.CreateDirectory(Directory);
        ownership = new FileStream(Path.Combine(Directory, "log.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            Producer = LogReader.IdOf(Directory, () => RandomNumberGenerator.GetHexString(12, lowercase: true));
            current = LogSegment.Of(Directory).LastOrDefault() ?? new LogSegment(Path.Combine(Directory, LogSegment.NameOf(0)), 0);
            file = Open(current, FileMode.OpenOrCreate);
            Recover();
            Forget();
        }
        catch
        {
            file?.Dispose();
            ownership.Dispose();
            throw;
        }
        var segments = LogSegment.Of(Directory).Count;
        LogOpened(Directory, segments, sealedBytes + end, NextSequence);
    }

    public string Directory => options.Directory;

    /// <summary>The log as the producer of rows that have none.</summary>
    public string Producer { get; }

    /// <summary>Sequence of the next row.</summary>
    public long NextSequence { get; private set; }

    /// <summary>Why the newest append failed; null while all is well. Safe to read from anywhere.</summary>
    public string? Failure { get; private set; }

    /// <summary>Seals the frames and appends them together; when this returns they are on disk.</summary>
    /// <param name="frames">Encoded frames and how many rows each has.</param>
    /// <returns>The sequence of the first row of each frame.</returns>
    /// <exception cref="IOException">Nothing was appended: the disk is full or broken, or the log is at its bound.</exception>
    public long[] Append(IReadOnlyList<(byte[] Frame, int Rows)> frames)
    {
        try
        {
            var bytes = frames.Sum(frame => (long)frame.Frame.Length);
            if (end > LogSegment.Header.Length && end + bytes > options.SegmentBytes)
            {
                Roll();
            }
            if (sealedBytes + end + bytes > options.MaxBytes)
            {
                Forget();
            }
            if (sealedBytes + end + bytes > options.MaxBytes)
            {
                throw new IOException($"The log has reached Offline:MaxBytes ({options.MaxBytes} bytes).");
            }
            var sequences = Write(frames);
            Failure = null;
            return sequences;
        }
        catch (Exception e) // not only IOException: a file over the process's limit (EFBIG) is an ArgumentOutOfRangeException
        {
            if (Failure is null)
            {
                LogFailed(e, Directory);
            }
            Failure = e.Message;
            throw e as IOException ?? new IOException(e.Message, e);
        }
    }

    /// <summary>Deletes the sealed segments whose last row was appended longer than the retention ago, oldest first: a crash leaves a log that begins at one of them.</summary>
    public void Forget()
    {
        var segments = LogSegment.Of(Directory).SkipLast(1).ToList(); // as they are now: a compaction may have made some shorter
        while (segments.Count > 0 && time.GetUtcNow() - File.GetLastWriteTimeUtc(segments[0].Path) > options.Retention)
        {
            File.Delete(segments[0].Path);
            LogForgotten(segments[0].Path, segments.Count); // with the newest, which is none of them
            segments.RemoveAt(0);
        }
        sealedBytes = segments.Sum(segment => new FileInfo(segment.Path).Length);
    }

    public void Dispose()
    {
        file.Dispose();
        ownership.Dispose();
    }

    private long[] Write(IReadOnlyList<(byte[] Frame, int Rows)> frames)
    {
        if (isTorn)
        {
            CutBack();
        }
        var sequences = new long[frames.Count];
        var next = NextSequence;
        var now = time.GetUtcNow();
        for (var i = 0; i < frames.Count; i++)
        {
            sequences[i] = next;
            LogFrame.Seal(frames[i].Frame, next, now);
            next += frames[i].Rows;
        }
        isTorn = true;
        try
        {
            WritePieces(frames);
            DiskFlush.File(file.SafeFileHandle);
        }
        catch
        {
            CutBack();
            throw;
        }
        (isTorn, end, NextSequence) = (false, end + frames.Sum(frame => (long)frame.Frame.Length), next);
        return sequences;
    }

    /// <summary>Writes small frames together, and long ones as they are: of many of them one array could be too long.</summary>
    private void WritePieces(IReadOnlyList<(byte[] Frame, int Rows)> frames)
    {
        var piece = new ArrayBufferWriter<byte>();
        foreach (var (frame, _) in frames)
        {
            if (piece.WrittenCount + frame.Length > PieceBytes)
            {
                file.Write(piece.WrittenSpan);
                piece.ResetWrittenCount();
            }
            if (frame.Length > PieceBytes)
            {
                file.Write(frame);
            }
            else
            {
                piece.Write(frame);
            }
        }
        file.Write(piece.WrittenSpan);
    }

    /// <summary>Takes away what a failed write left: of what was refused nothing may be found, nor written behind.</summary>
    private void CutBack()
    {
        file.SetLength(end);
        file.Position = end;
        isTorn = false;
    }

    private void Roll()
    {
        var next = new LogSegment(Path.Combine(Directory, LogSegment.NameOf(NextSequence)), NextSequence);
        var opened = Open(next, FileMode.Create); // over what an earlier try left, which has no frames
        file.Dispose();
        (file, current, end) = (opened, next, LogSegment.Header.Length);
        Forget();
    }

    /// <summary>Opens a segment; one without a header gets it, or is gone when that fails: else it would be taken for the newest.</summary>
    private static FileStream Open(LogSegment segment, FileMode mode)
    {
        // Without a buffer, which would keep what the disk refuses, and write it with what comes later.
        var opened = new FileStream(segment.Path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (opened.Length > 0)
        {
            return opened;
        }
        try
        {
            opened.Write(LogSegment.Header);
            DiskFlush.File(opened.SafeFileHandle);
            DiskFlush.Directory(Path.GetDirectoryName(segment.Path)!);
            return opened;
        }
        catch
        {
            opened.Dispose();
            File.Delete(segment.Path);
            throw;
        }
    }

    /// <summary>Cuts off what a crash left behind the last whole frame of the newest segment.</summary>
    private void Recover()
    {
        var bytes = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(bytes);
        var (frames, goodEnd) = current.Scan(bytes);
        if (goodEnd < LogSegment.Header.Length)
        {
            file.SetLength(0);
            file.Write(LogSegment.Header);
            goodEnd = LogSegment.Header.Length;
        }
        else if (goodEnd < bytes.Length)
        {
            file.SetLength(goodEnd);
        }
        DiskFlush.File(file.SafeFileHandle);
        file.Position = end = goodEnd;
        var last = frames.Count == 0 ? null : LogFrame.Decode(bytes, frames[^1].Start, frames[^1].Length, Producer);
        NextSequence = last is null ? current.First : last.Sequence + last.Count;
        if (goodEnd < bytes.Length)
        {
            LogTorn(bytes.Length - goodEnd, current.Path, NextSequence);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogOpened, Level = LogLevel.Information, Message = "Feature log {Path} is open: {Segments} segments, {Bytes} bytes, next sequence {NextSequence}.")]
    private partial void LogOpened(string path, int segments, long bytes, long nextSequence);

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogTorn, Level = LogLevel.Warning,
        Message = "The last {Bytes} bytes of {Path} were a write that a crash cut off; nobody was told that they are taken, and they are removed. The log goes on at sequence {NextSequence}.")]
    private partial void LogTorn(long bytes, string path, long nextSequence);

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogFailed, Level = LogLevel.Critical, Message = "Feature log {Path} cannot be written: no row is taken until it can.")]
    private partial void LogFailed(Exception exception, string path);

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogForgotten, Level = LogLevel.Information, Message = "Segment {Path} is past its retention and deleted; {Segments} segments remain.")]
    private partial void LogForgotten(string path, int segments);
}
