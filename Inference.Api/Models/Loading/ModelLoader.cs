using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.Inference.Api.Onnx;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>Makes a <see cref="LoadedModel"/> of a version's file.</summary>
internal sealed partial class ModelLoader(
    ExecutionProviders providers, ModelResidency residency, ModelTrial trial, IOptions<OnnxOptions> onnx, IOptions<ModelRepositoryOptions> repository,
    ResponseCache cache, InferenceMetrics metrics, TimeProvider time, ILogger<ModelLoader> logger)
{
    /// <exception cref="InvalidDataException">The version cannot be served; the message says why.</exception>
    /// <exception cref="ServiceError">Overloaded: no room in memory now. Unavailable: the machine or its device failed. Either may pass.</exception>
    public LoadedModel Load(ModelDirectory directory, long version, ModelConfig config)
    {
        var started = time.GetTimestamp();
        using var source = Read(directory, version, config);
        var properties = ModelProperties.Of(directory, version, source.Sha256);
        var bytes = ModelResidency.CostOf(source.Bytes);
        residency.ReserveAsync(directory.Name, bytes).GetAwaiter().GetResult(); // loading blocks its thread anyway
        OnnxRunner? runner = null;
        var loaded = false;
        try
        {
            runner = Open(source, directory.Name, ModelPlacement.Of(config));
            var session = new ModelSession(residency, runner.Placement, bytes, directory.IsTemporary ? null : Again(directory, version, config, source.Sha256, runner.Placement));
            var statistics = new ModelStatistics(time);
            var batcher = Batcher(session, directory.Name, version, config, statistics);
            var model = new LoadedModel(directory.Name, version, config, ModelSignature.Of(config, runner.Signature), session, batcher)
            {
                Labels = LabelFile.ReadAll(directory, config),
                Properties = properties,
                Digest = $"sha256:{source.Sha256}",
                Statistics = statistics,
                Cache = config.ResponseCache is { Enable: true } ? new ModelCache(cache, time) : null,
            };
            trial.Run(model, runner, directory, version);
            model.LoadDuration = time.GetElapsedTime(started);
            residency.Add(session, runner);
            loaded = true;
            return model;
        }
        finally
        {
            if (!loaded)
            {
                runner?.Dispose();
                residency.Cancel(bytes);
            }
        }
    }

    private ModelSource Read(ModelDirectory directory, long version, ModelConfig config) => ModelSource.Read(directory, version, config.ModelFilename, repository.Value.MaxModelBytes);

    private OnnxRunner Open(ModelSource source, string model, PlacementRequest request)
    {
        try
        {
            return providers.Open(model, source.Model, source.ExternalDataDirectory, request);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or NotSupportedException)
        {
            throw OnnxErrors.OfLoad(exception);
        }
    }

    /// <summary>Makes the session as it was: of the same bytes, which have passed their trial. Keeps none of them.</summary>
    private SessionSource Again(ModelDirectory directory, long version, ModelConfig config, string sha256, Placement placement)
    {
        var request = ModelPlacement.Of(config) with { Provider = placement.GpuId is null ? ProviderChoice.Cpu : ProviderChoice.Cuda }; // where its version says that it runs
        return new SessionSource(Open, () => directory.Fingerprint(version, config));

        OnnxRunner Open()
        {
            using var source = Read(directory, version, config);
            return source.Sha256 == sha256 ? this.Open(source, directory.Name, request) : throw new InvalidDataException("its files are no longer those it was loaded from; load it again");
        }
    }

    private DynamicBatcher Batcher(ModelSession session, string name, long version, ModelConfig config, ModelStatistics statistics)
    {
        var versionName = version.ToString(CultureInfo.InvariantCulture);
        void Ran(RunReport report)
        {
            statistics.Ran(report);
            metrics.Ran(name, versionName, report.Rows);
        }

        var policy = new BatchPolicy(config.DynamicBatching is null ? 0 : config.MaxBatchSize, config.DynamicBatching?.PreferredBatchSize ?? []);
        return new DynamicBatcher(new BatchRunner(ReshapedModel.Around(session.Run, config), Ran, time, () => LogNotBatched(name, versionName)), new BatcherOptions(policy, config.DynamicBatching ?? new DynamicBatching(), Instances(config, session.Placement)), time);
    }

    private int Instances(ModelConfig config, Placement placement) =>
        config.InstanceGroup.Count > 0 ? config.InstanceGroup.Sum(group => Math.Max(1, group.Count))
        : placement.GpuId is not null ? ModelPlacement.InstancesOnGpu
        : onnx.Value.InstancesPerModel > 0 ? onnx.Value.InstancesPerModel
        : Environment.ProcessorCount;

    [LoggerMessage(EventName = TelemetryNames.Events.BatchingGivenUp, Level = LogLevel.Warning,
        Message = "Model {Model} version {ModelVersion} answers a batch with other rows than it was given; its requests run alone from now on")]
    private partial void LogNotBatched(string model, string modelVersion);
}
