namespace MlAspire.Gateway.Audit;

/// <summary>The file of a log: appended and forced to disk by one writer, read by many.</summary>
/// <remarks>After a failed write the file is cut back to its last good end and the next write tries again; when the cut fails, every later write fails until the restart.</remarks>
internal sealed class AuditFile : IDisposable
{
    public const string Name = "audit.log";
    public const string LockName = "audit.lock";

    private readonly FileStream file;

    // Held as long as the log is open. Not the log itself: that may be read by others meanwhile.
    private readonly FileStream ownership;
    private bool broken;

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    public AuditFile(string directory)
    {
        Directory.CreateDirectory(directory);
        ownership = new(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        file = new(Path.Combine(directory, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    public string FullPath => file.Name;

    /// <summary>Where the next record goes.</summary>
    public long End { get; private set; }

    /// <summary>Shows every whole record to <paramref name="visit"/> and cuts off what a crash left behind them.</summary>
    /// <returns>Bytes cut off.</returns>
    /// <exception cref="InvalidDataException">A record in the middle is damaged.</exception>
    public long Recover(AuditScan.Visit visit)
    {
        file.Position = 0;
        End = AuditScan.Read(file, visit);
        var torn = file.Length - End;
        if (torn > 0)
        {
            CutBack();
        }

        file.Position = End;
        return torn;
    }

    /// <summary>Writes lines and forces them to disk.</summary>
    /// <exception cref="IOException">They are not in the log.</exception>
    public void Write(ReadOnlySpan<byte> lines)
    {
        if (broken)
        {
            throw new IOException("The audit log could not be cut back after a failed write; restart the gateway when the disk is well.");
        }

        try
        {
            file.Write(lines);
            file.Flush(flushToDisk: true);
            End += lines.Length;
        }
        catch (Exception e)
        {
            // Not only IOException: a file over the process's limit (EFBIG) is an ArgumentOutOfRangeException.
            CutBack();
            throw new IOException($"The audit log cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The record whose line begins at <paramref name="offset"/> and ends before <paramref name="end"/>.</summary>
    /// <exception cref="InvalidDataException">It is damaged on disk.</exception>
    public byte[] Read(long offset, long end)
    {
        var line = new byte[end - offset - 1];
        for (int filled = 0, read; filled < line.Length; filled += read)
        {
            read = RandomAccess.Read(file.SafeFileHandle, line.AsSpan(filled), offset + filled);
            if (read == 0)
            {
                throw new InvalidDataException("The audit log is shorter than its records.");
            }
        }

        return AuditLine.TryRead(line, out var record) ? record.ToArray() : throw new InvalidDataException("The audit record is damaged on disk.");
    }

    public void Dispose()
    {
        file.Dispose();
        ownership.Dispose();
    }

    private void CutBack()
    {
        broken = true;
        file.SetLength(End);
        file.Position = End;
        broken = false;
    }
}
