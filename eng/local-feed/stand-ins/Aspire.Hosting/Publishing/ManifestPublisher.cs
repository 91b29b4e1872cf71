using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Publishing;

/// <summary>In publish mode: writes the deployment manifest, then ends the application.</summary>
internal sealed partial class ManifestPublisher(
    DistributedApplicationModel model, DistributedApplicationExecutionContext executionContext, IConfiguration configuration,
    IHostApplicationLifetime lifetime, ILogger<ManifestPublisher> logger) : BackgroundService
{
    public const string StepName = "publish-manifest";

    private Exception? failure;

    /// <exception cref="DistributedApplicationException">The manifest could not be written; the message says why.</exception>
    public void ThrowIfFailed()
    {
        if (failure is not null)
        {
            throw new DistributedApplicationException($"Publishing failed: {failure.Message}", failure);
        }
    }

    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (configuration["Pipeline:Step"] is var step && step != StepName)
        {
            throw Unsupported.By("Aspire.Hosting", $"The pipeline step '{step}' (only '{StepName}' is)");
        }

        var path = ReadPath();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.Create);
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        await new ManifestPublishingContext(executionContext, path, writer, cancellationToken).WriteModelAsync(model).ConfigureAwait(false);
        LogPublished(path);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the host's start does not wait for the manifest
        try
        {
            await PublishAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            failure = exception; // RunAsync throws it: the exit code says that nothing was published
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    /// <summary>A path that does not end in .json is a folder.</summary>
    private string ReadPath()
    {
        var path = configuration["Pipeline:OutputPath"]
            ?? throw new DistributedApplicationException("The '--output-path [path]' option was not specified even though manifest publishing was requested.");
        return Path.GetFullPath(path.EndsWith(".json", StringComparison.Ordinal) ? path : Path.Combine(path, "aspire-manifest.json"));
    }

    [LoggerMessage(LogLevel.Information, "Published manifest to: {ManifestPath}")]
    private partial void LogPublished(string manifestPath);
}
