using System.Diagnostics;

namespace MlAspire.SystemTests;

public sealed class ManifestTests
{
    private static readonly string Golden = Path.Combine(Checkout.Root, "tests", "System.Tests", "aspire-manifest.json");

    /// <summary>After a wanted change: <c>./mlaspire manifest tests/System.Tests/aspire-manifest.json</c>, and look at the difference.</summary>
    [Fact]
    public async Task The_deployment_manifest_is_the_golden_one()
    {
        // Beside the golden file, because paths in a manifest are relative to it.
        var written = Golden + ".written";
        try
        {
            await RunAsync(written);

            Assert.Equal(await File.ReadAllTextAsync(Golden, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(written + ".json", TestContext.Current.CancellationToken), ignoreLineEndingDifferences: true);
        }
        finally
        {
            File.Delete(written + ".json");
        }
    }

    [Fact]
    public async Task The_manifest_holds_no_path_of_this_machine_and_no_demo()
    {
        var golden = await File.ReadAllTextAsync(Golden, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(Checkout.Root.TrimEnd('/'), golden, StringComparison.Ordinal);
        Assert.DoesNotContain("flights", golden, StringComparison.Ordinal);
    }

    private static async Task RunAsync(string output)
    {
        var appHost = Path.Combine(Checkout.Root, "AppHost", "bin", Checkout.Configuration, "net10.0", "MlAspire.AppHost.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [appHost, "--publisher", "manifest", "--output-path", output + ".json"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.Combine(Checkout.Root, "AppHost"),
        })!;
        var outputs = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, string.Concat(outputs));
    }
}
