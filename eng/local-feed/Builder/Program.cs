using MlAspire.LocalFeed;

// Builder FEED_SOURCES CACHE OUTPUT: fills OUTPUT with every package that a partial registry lacks (README.md beside this folder).
if (args is not [var sources, var cache, var output])
{
    Console.Error.WriteLine("usage: Builder FEED_SOURCES CACHE OUTPUT");
    return 2;
}

try
{
    var pins = Pins.Read(Path.Combine(sources, "packages.json"));
    var npm = new NpmPackages(Path.Combine(cache, "downloads"));
    Directory.CreateDirectory(output);

    var cli = await npm.UnpackAsync(pins.Package("@microsoft/aspire-cli-linux-x64"));
    var bundle = await AspireBundle.OpenAsync(cli);
    foreach (var tool in pins.Tools)
    {
        NuGetPackage.WriteTool(tool, bundle.Folder(tool.From), output);
    }

    Console.WriteLine($"repacked {pins.Tools.Count} packages");
    await ProjectPackages.PackAsync(sources, output);
    return 0;
}
catch (FeedException e)
{
    Console.Error.WriteLine("local feed: " + e.Message);
    return 1;
}
