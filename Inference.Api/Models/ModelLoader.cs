using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Onnx;

namespace MlAspire.Inference.Api.Models;

/// <summary>Makes a <see cref="LoadedModel"/> of a version's file.</summary>
internal sealed class ModelLoader(
    ExecutionProviders providers, ModelTrial trial, IOptions<OnnxOptions> onnx, IOptions<ModelRepositoryOptions> repository, ResponseCache cache, InferenceMetrics metrics, TimeProvider time)
{
    /// <exception cref="InvalidDataException">The version cannot be served; the message says why.</exception>
    public LoadedModel Load(ModelDirectory directory, long version, ModelConfig config)
    {
        var started = time.GetTimestamp();
        using var source = ModelSource.Read(directory, version, config.ModelFilename, repository.Value.MaxModelBytes);
        var properties = ModelProperties.Of(directory, version, source.Sha256);
        var labels = LabelFile.ReadAll(directory, config);
        OnnxRunner? runner = null;
        try
        {
            runner = providers.Open(directory.Name, source.Model, source.ExternalDataDirectory, ModelPlacement.Of(config));
            var statistics = new ModelStatistics(time);
            var batcher = Batcher(runner, directory.Name, version, config, statistics);
            var model = new LoadedModel(directory.Name, version, config, ModelSignature.Of(config, runner.Signature), runner, batcher)
            {
                Labels = labels,
                Properties = properties,
                Digest = $"sha256:{source.Sha256}",
                Statistics = statistics,
                Cache = config.ResponseCache is { Enable: true } ? new ModelCache(cache, time) : null,
            };
            trial.Run(model, runner, directory, version);
            model.LoadDuration = time.GetElapsedTime(started);
            return model;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or NotSupportedException or InvalidDataException)
        {
            runner?.Dispose();
            throw exception as InvalidDataException ?? new InvalidDataException(OnnxErrors.Clean(exception.Message), exception);
        }
    }

    private DynamicBatcher Batcher(OnnxRunner runner, string name, long version, ModelConfig config, ModelStatistics statistics)
    {
        var versionName = version.ToString(CultureInfo.InvariantCulture);
        void Ran(RunReport report)
        {
            statistics.Ran(report);
            metrics.Ran(name, versionName, report.Rows);
        }

        var policy = new BatchPolicy(config.DynamicBatching is null ? 0 : config.MaxBatchSize, config.DynamicBatching?.PreferredBatchSize ?? []);
        return new DynamicBatcher(new BatchRunner(runner.Run, Ran, time), new BatcherOptions(policy, config.DynamicBatching ?? new DynamicBatching(), Instances(config, runner.Placement)), time);
    }

    private int Instances(ModelConfig config, Placement placement) =>
        config.InstanceGroup.Count > 0 ? config.InstanceGroup.Sum(group => Math.Max(1, group.Count))
        : placement.GpuId is not null ? ModelPlacement.InstancesOnGpu
        : onnx.Value.InstancesPerModel > 0 ? onnx.Value.InstancesPerModel
        : Environment.ProcessorCount;
}
