namespace MlAspire.ServiceDefaults.Files;

/// <summary>Files that are there whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Replaces a file, forced to disk before it takes its place: a reader, a crash or a loss of power finds the old content or the new one.</summary>
    /// <remarks>Writes <paramref name="path"/><c>.new</c> first; one writer at a time.</remarks>
    /// <exception cref="IOException">It cannot be written; the old content stays.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var made = $"{path}.new";
        using (var stream = new FileStream(made, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(made, path, overwrite: true);
    }
}
