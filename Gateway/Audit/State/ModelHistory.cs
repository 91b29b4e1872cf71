using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Audit.State;

/// <summary>Makes what held of each model of the log's changes, in their order.</summary>
internal sealed class ModelHistory
{
    public SortedDictionary<string, RoutePlan> Routes { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, PipelineInForce> Pipelines { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, IReadOnlyList<AnsweredVersion>> Versions { get; } = new(StringComparer.Ordinal);

    public void Add(RouteChange change) => Routes[change.Model] = change.Plan;

    public void Add(PipelineChange change)
    {
        Pipelines.Remove(change.Model);
        if (change.Pipeline is { } pipeline)
        {
            Pipelines.Add(change.Model, pipeline);
        }
    }

    public void Add(VersionFirstAnswered first) =>
        Versions[first.Model] = [.. Versions.GetValueOrDefault(first.Model, []), new(first.ModelVersion, first.ModelDigest, first.Timestamp)];
}

/// <param name="Version">Of the model.</param>
/// <param name="ModelDigest">Its bytes, <c>sha256:</c> and hex digits; null when the model server did not say.</param>
/// <param name="FirstAnswered">When these bytes answered for the first time.</param>
public sealed record AnsweredVersion(string Version, string? ModelDigest, DateTimeOffset FirstAnswered);
