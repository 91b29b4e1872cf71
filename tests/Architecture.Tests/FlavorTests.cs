using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MlAspire.Architecture.Tests;

public sealed class FlavorTests
{
    [Theory]
    [InlineData(null, "Microsoft.ML.OnnxRuntime")]
    [InlineData("Cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("Gpu", "Microsoft.ML.OnnxRuntime.Gpu")]
    public async Task OnnxRuntimeFlavor_chooses_the_one_build_of_ONNX_Runtime(string? flavor, string package)
    {
        var (_, output) = await EvaluateAsync(flavor, "-getItem:PackageReference");

        var packages = JsonNode.Parse(output)!["Items"]!["PackageReference"]!.AsArray().Select(item => (string)item!["Identity"]!);
        Assert.Equal([package], packages.Where(name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_flavor_is_refused()
    {
        var (status, output) = await EvaluateAsync("Cuda", "-t:CollectPackageReferences");

        Assert.NotEqual(0, status);
        Assert.Contains("OnnxRuntimeFlavor is 'Cuda'; it must be Cpu or Gpu", output, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output)> EvaluateAsync(string? flavor, string what)
    {
        string[] arguments = ["msbuild", "Inference.Api/Inference.Api.csproj", "-nologo", what, .. flavor is null ? [] : new[] { $"-p:OnnxRuntimeFlavor={flavor}" }];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
