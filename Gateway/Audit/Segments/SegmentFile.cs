using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>The file of the newest segment: appended and forced to disk by one writer.</summary>
/// <remarks>After a failed write it takes no more: what fsync could not bring to disk the kernel may take for written from then on.</remarks>
/// <param name="segment">Its file is made when it is missing.</param>
internal sealed class SegmentFile(Segment segment) : IDisposable
{
    private readonly FileStream file = new(segment.LogPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Whether a failed write, or one that a crash ended, may have left something behind <see cref="End"/>.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>Where the next record goes.</summary>
    public long End { get; private set; }

    /// <summary>Shows every record of the whole groups to <paramref name="visit"/>.</summary>
    /// <returns>Bytes that a crash left behind them.</returns>
    /// <exception cref="InvalidDataException">A record in the middle is damaged.</exception>
    public long Recover(AuditScan.Visit visit)
    {
        file.Position = 0;
        End = AuditScan.Read(file, segment.First, visit);
        var torn = file.Length - End;
        IsTorn = torn > 0;
        file.Position = End;
        DiskFlush.File(file.SafeFileHandle); // what the last process was killed over may be in memory only
        return torn;
    }

    /// <summary>Writes lines and forces them to disk.</summary>
    /// <exception cref="IOException">They are not in the log.</exception>
    public void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            file.Write(lines);
            DiskFlush.File(file.SafeFileHandle);
            End += lines.Length;
        }
        catch (Exception e)
        {
            // Not only IOException: a file over the process's limit (EFBIG) is an ArgumentOutOfRangeException.
            IsTorn = true;
            throw new IOException($"The audit log cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Cuts off what is behind <see cref="End"/>.</summary>
    /// <exception cref="IOException">It may still be there.</exception>
    public void CutBack()
    {
        using var again = new FileStream(segment.LogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        again.SetLength(End);
        DiskFlush.File(again.SafeFileHandle);
    }

    public void Dispose() => file.Dispose();
}
