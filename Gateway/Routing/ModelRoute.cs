using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Routing;

/// <summary>Where one request goes.</summary>
/// <param name="Model">The model and its pipeline.</param>
/// <param name="Version">The version that must answer; null leaves it to the model's version policy.</param>
/// <param name="Alias">The alias that the request meant; null when it named a version.</param>
/// <param name="Arm">The traffic arm.</param>
internal sealed record ModelRoute(PipelineModel Model, string? Version, string? Alias, string Arm)
{
    public string Name => Model.Definition.Model;

    /// <summary>The version that is asked too and compared; null = none.</summary>
    public string? ShadowVersion { get; init; }

    /// <summary>The split that the request is in; null when there is none, or the request named a version or an alias.</summary>
    public CanaryPlan? Canary { get; init; }

    /// <summary>The model that answers when too much of the features is stale or missing; null when there is none, or the request named a version: who names one wants that one.</summary>
    public PipelineModel? Fallback { get; init; }

    /// <summary>Where the request stands in the split between champion and canary, in [0, 1); null when it is not in it: there is no canary that answers, or the request named a version or an alias.</summary>
    public double? Place { get; init; }

    /// <summary>The model that was asked for, when this is its fallback; else null.</summary>
    public string? FallbackFor { get; init; }
}
