namespace MlAspire.LocalFeed;

/// <summary>What the Aspire CLI carries inside: DCP and the program that is the Dashboard.</summary>
internal sealed class AspireBundle(string root)
{
    /// <summary>The bundle of the CLI in <paramref name="package"/>; the CLI unpacks it beside itself the first time.</summary>
    /// <exception cref="FeedException">The CLI does not run, or unpacks something else.</exception>
    public static async Task<AspireBundle> OpenAsync(string package)
    {
        var versions = Path.Combine(package, "versions");
        if (!Directory.Exists(versions))
        {
            var cli = Path.Combine(package, "bin", "aspire");
            await Command.RunAsync(cli, ["setup", "--nologo"], package, new Dictionary<string, string>
            {
                ["HOME"] = package, // it keeps a cache and logs in the home folder: not in the user's
                ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true",
            });
        }

        return Directory.GetDirectories(versions) is [var version]
            ? new AspireBundle(version)
            : throw new FeedException($"the Aspire CLI unpacked no single version into {versions}");
    }

    public string Folder(string name) => Path.Combine(root, name);
}
