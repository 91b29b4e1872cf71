using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>The append-only record of every prediction: one file, one JSON line a record; a record's index is its line number, from 0.</summary>
/// <remarks>
/// A record that was acknowledged is on disk (fsync). One writer: a second gateway on the same folder does not start. Thread-safe.
/// A torn last line (power lost while writing) is cut off at the start; it was never acknowledged.
/// After a failed write the file is cut back to its last acknowledged record, and the next append tries again; when the cut fails, the log refuses everything until the restart.
/// </remarks>
internal sealed partial class AuditLog : IDisposable
{
    public const string FileName = "audit.jsonl";
    public const string LockName = "audit.lock";

    private const byte LineFeed = (byte)'\n';

    private readonly ILogger<AuditLog> log;
    private readonly FileStream file;

    // Held as long as the log is open. Not the log itself: that may be read by others meanwhile.
    private readonly FileStream ownership;

    // Guards the file and everything below.
    private readonly SemaphoreSlim gate = new(1);
    private long acknowledgedBytes;
    private bool torn;

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    public AuditLog(IOptions<AuditOptions> options, ILogger<AuditLog> log)
    {
        this.log = log;
        Origin = options.Value.Origin;
        Directory.CreateDirectory(options.Value.Directory);
        ownership = new(Path.Combine(options.Value.Directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        file = new(Path.Combine(options.Value.Directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        var found = AuditScan.Read(file);
        (Count, acknowledgedBytes, Events) = (found.Records, found.Bytes, found.Events);
        if (acknowledgedBytes < file.Length)
        {
            LogTorn(file.Length - acknowledgedBytes, Count);
            file.SetLength(acknowledgedBytes);
        }

        file.Position = acknowledgedBytes;
        LogOpened(file.Name, Count);
    }

    /// <summary>The log's name.</summary>
    public string Origin { get; }

    /// <summary>The records at the start that were no predictions, oldest first: what the gateway rebuilds its state from.</summary>
    public IReadOnlyList<byte[]> Events { get; }

    /// <summary>Records that are acknowledged.</summary>
    public long Count { get; private set; }

    /// <summary>Why the newest append failed; null while all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>Appends records, next to each other; when this returns they are on disk.</summary>
    /// <param name="records">Each one line of JSON without its line feed.</param>
    /// <param name="cancellation">Gives up waiting for other writers; a write that has begun is finished.</param>
    /// <returns>Index of the first one.</returns>
    /// <exception cref="IOException">Nothing was appended.</exception>
    public async Task<long> AppendAsync(IReadOnlyList<byte[]> records, CancellationToken cancellation)
    {
        using var lines = new MemoryStream();
        foreach (var record in records)
        {
            lines.Write(record);
            lines.WriteByte(LineFeed);
        }

        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            var first = Count;
            Count += records.Count;
            return first;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        gate.Dispose();
        file.Dispose();
        ownership.Dispose();
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        if (torn)
        {
            throw new IOException(Failure);
        }

        try
        {
            file.Write(lines);
            file.Flush(flushToDisk: true);
            acknowledgedBytes += lines.Length;
            Failure = null;
        }
        catch (Exception e)
        {
            // Not only IOException: a file over the process's limit (EFBIG) is an ArgumentOutOfRangeException.
            Failure = $"the audit log cannot be written: {e.Message}";
            LogFailed(e, file.Name);
            CutBack();
            throw new IOException(Failure, e);
        }
    }

    private void CutBack()
    {
        torn = true;
        file.SetLength(acknowledgedBytes);
        file.Position = acknowledgedBytes;
        torn = false;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditOpened, Level = LogLevel.Information, Message = "Audit log {Path} is open with {Count} records.")]
    private partial void LogOpened(string path, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditTorn, Level = LogLevel.Warning, Message = "The last {Bytes} bytes of the audit log were a torn record and are cut off; {Count} records remain.")]
    private partial void LogTorn(long bytes, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditFailed, Level = LogLevel.Critical, Message = "Audit log {Path} cannot be written; no prediction is answered without its record.")]
    private partial void LogFailed(Exception exception, string path);
}
