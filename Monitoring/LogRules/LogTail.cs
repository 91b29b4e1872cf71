using MlAspire.Monitoring.Logs;

namespace MlAspire.Monitoring.LogRules;

/// <summary>Reads what is added to a log file, also across its rotation: the old file is read to its end before the new one is opened. Owned by one loop.</summary>
internal sealed class LogTail : IDisposable
{
    private readonly string path;
    private FileStream file;

    /// <param name="fromEnd">Lines that are there already do not count.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public LogTail(string path, bool fromEnd)
    {
        (this.path, file) = (path, Open(path));
        file.Seek(0, fromEnd ? SeekOrigin.End : SeekOrigin.Begin);
    }

    /// <summary>Hands over the whole lines that are new.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Read(LineHandler onLine, CancellationToken cancellationToken)
    {
        ReadOpen(onLine, cancellationToken);
        if (IsReplaced())
        {
            ReadOpen(onLine, cancellationToken); // what was added to the old one in between
            file.Dispose();
            file = Open(path);
            ReadOpen(onLine, cancellationToken);
        }
    }

    public void Dispose() => file.Dispose();

    private void ReadOpen(LineHandler onLine, CancellationToken cancellationToken) => file.Seek(-LogFiles.Read(file, long.MaxValue, onLine, cancellationToken).Unfinished, SeekOrigin.Current);

    /// <summary>Another file has the path now: it has not the length that the open one had just before and has just after.</summary>
    private bool IsReplaced()
    {
        var before = file.Length;
        return new FileInfo(path) is { Exists: true } now && (now.Length < before || now.Length > file.Length);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
