namespace MlAspire.Gateway.Audit.Segments;

/// <summary>The file of the newest segment: appended and forced to disk by one writer.</summary>
/// <remarks>After a failed write the file is cut back to its last good end and the next write tries again; when the cut fails, every later write fails until the restart.</remarks>
/// <param name="segment">Its file is made when it is missing.</param>
internal sealed class SegmentFile(Segment segment) : IDisposable
{
    private readonly FileStream file = new(segment.LogPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);

    /// <summary>Whether something is left behind the last record that could not be cut off.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Where the next record goes.</summary>
    public long End { get; private set; }

    /// <summary>Shows every whole record to <paramref name="visit"/> and cuts off what a crash left behind them.</summary>
    /// <returns>Bytes cut off.</returns>
    /// <exception cref="InvalidDataException">A record in the middle is damaged.</exception>
    public long Recover(AuditScan.Visit visit)
    {
        file.Position = 0;
        End = AuditScan.Read(file, segment.First, visit);
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
        if (IsBroken)
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

    public void Dispose() => file.Dispose();

    private void CutBack()
    {
        IsBroken = true;
        file.SetLength(End);
        file.Position = End;
        IsBroken = false;
    }
}
