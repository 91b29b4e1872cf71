using System.Text;

namespace MlAspire.ServiceDefaults.Files;

/// <summary>Files with a secret, readable by their owner only.</summary>
public static class SecretFile
{
    /// <summary>The text of a file, which is made, with its folder, when it is missing; then it is whole on disk before anything is done with the secret.</summary>
    /// <param name="path">The file.</param>
    /// <param name="make">Makes a secret.</param>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static string ReadOrMake(string path, Func<string> make)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            WholeFile.Write(path, Encoding.UTF8.GetBytes(make()), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return File.ReadAllText(path);
    }
}
