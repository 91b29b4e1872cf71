namespace MlAspire.ServiceDefaults.Files;

/// <summary>Files with a secret, readable by their owner only.</summary>
public static class SecretFile
{
    /// <summary>The text of a file, which is made, with its folder, when it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="make">Makes a secret.</param>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static string ReadOrMake(string path, Func<string> make)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var writer = new StreamWriter(path, options);
            writer.Write(make());
        }

        return File.ReadAllText(path);
    }
}
