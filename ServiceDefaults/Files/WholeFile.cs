namespace MlAspire.ServiceDefaults.Files;

/// <summary>Files that are there whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Replaces a file, forced to disk before and after it takes its place: a reader, a crash or a loss of power finds the old content or the new one, and when this returns the new one.</summary>
    /// <remarks>Writes <paramref name="path"/><c>.new</c> first; one writer at a time.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Of the file, on Unix; null = as the process's mask says.</param>
    /// <exception cref="IOException">It cannot be written, or may not outlive a loss of power; there is the old content or the new one.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        var made = $"{path}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var stream = new FileStream(made, options))
        {
            Write(stream, content);
            DiskFlush.File(stream.SafeFileHandle);
        }

        File.Move(made, path, overwrite: true);
        DiskFlush.Directory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void Write(FileStream stream, ReadOnlySpan<byte> content)
    {
        try
        {
            stream.Write(content);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException($"{stream.Name} is over the process's limit: {e.Message}", e); // EFBIG
        }
    }
}
