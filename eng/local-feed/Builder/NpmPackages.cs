using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace MlAspire.LocalFeed;

/// <summary>Downloads of pinned npm packages, kept by content hash under <paramref name="folder"/>.</summary>
internal sealed class NpmPackages(string folder)
{
    /// <summary>The unpacked <c>package/</c> folder of <paramref name="pin"/>; downloaded with the user's npm (so with its registry and proxy) when it is not here yet.</summary>
    /// <exception cref="FeedException">npm fails, or the tarball is not the pinned one.</exception>
    public async Task<string> UnpackAsync(NpmPin pin)
    {
        var hash = Convert.ToHexStringLower(Convert.FromBase64String(pin.Integrity["sha512-".Length..]))[..32];
        var unpacked = Path.Combine(folder, hash);
        if (Directory.Exists(unpacked))
        {
            return Path.Combine(unpacked, "package");
        }

        var work = Path.Combine(folder, $"{hash}.{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            Console.WriteLine($"downloading {pin.Name} {pin.Version}");
            await Command.RunAsync("npm", ["pack", $"{pin.Name}@{pin.Version}", "--silent", "--pack-destination", work], work);
            var tarball = Directory.GetFiles(work, "*.tgz").Single();
            await VerifyAsync(pin, tarball);
            await ExtractAsync(tarball, work);
            File.Delete(tarball);
            Directory.Move(work, unpacked);
        }
        finally
        {
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }

        return Path.Combine(unpacked, "package");
    }

    private static async Task VerifyAsync(NpmPin pin, string tarball)
    {
        await using var file = File.OpenRead(tarball);
        var actual = "sha512-" + Convert.ToBase64String(await SHA512.HashDataAsync(file));
        if (actual != pin.Integrity)
        {
            throw new FeedException($"{pin.Name} {pin.Version} is not the pinned file: expected {pin.Integrity}, got {actual}");
        }
    }

    private static async Task ExtractAsync(string tarball, string target)
    {
        await using var file = File.OpenRead(tarball);
        await using var gzip = new GZipStream(file, CompressionMode.Decompress);
        await TarFile.ExtractToDirectoryAsync(gzip, target, overwriteFiles: false);
    }
}
