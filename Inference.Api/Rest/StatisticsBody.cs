using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The statistics extension's answer.</summary>
public sealed record StatisticsBody(IReadOnlyList<ModelStatisticsBody> ModelStats)
{
    internal static StatisticsBody Of(IEnumerable<LoadedModel> models) => new([.. models.Select(model => ModelStatisticsBody.Of(model.Name, model.Version, model.Statistics.Snapshot()))]);
}

public sealed record ModelStatisticsBody(
    string Name, string Version, long LastInference, long InferenceCount, long ExecutionCount, InferStatisticsBody InferenceStats, IReadOnlyList<BatchStatisticsBody> BatchStats)
{
    internal static ModelStatisticsBody Of(string name, string version, ModelStatisticsSnapshot numbers) => new(
        name, version, numbers.LastInference, numbers.InferenceCount, numbers.ExecutionCount, InferStatisticsBody.Of(numbers), [.. numbers.Batches.Select(BatchStatisticsBody.Of)]);
}

public sealed record DurationBody(long Count, long Ns)
{
    internal static DurationBody Of(StatisticDuration duration) => new(duration.Count, duration.Nanoseconds);
}

public sealed record InferStatisticsBody(
    DurationBody Success, DurationBody Fail, DurationBody Queue, DurationBody ComputeInput, DurationBody ComputeInfer, DurationBody ComputeOutput, DurationBody CacheHit, DurationBody CacheMiss)
{
    internal static InferStatisticsBody Of(ModelStatisticsSnapshot numbers) => new(
        DurationBody.Of(numbers.Success), DurationBody.Of(numbers.Fail), DurationBody.Of(numbers.Queue), DurationBody.Of(numbers.ComputeInput),
        DurationBody.Of(numbers.ComputeInfer), DurationBody.Of(numbers.ComputeOutput), DurationBody.Of(numbers.CacheHit), DurationBody.Of(numbers.CacheMiss));
}

public sealed record BatchStatisticsBody(long BatchSize, DurationBody ComputeInput, DurationBody ComputeInfer, DurationBody ComputeOutput)
{
    internal static BatchStatisticsBody Of(BatchStatistics batch) => new(batch.BatchSize, DurationBody.Of(batch.ComputeInput), DurationBody.Of(batch.ComputeInfer), DurationBody.Of(batch.ComputeOutput));
}
