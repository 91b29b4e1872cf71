using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Routing;

/// <summary>Stage <c>route</c>: which model, version and arm answers. No I/O.</summary>
internal sealed class ModelRouter(PipelineTable pipelines, RouteTable routes)
{
    /// <summary>The model's pipeline.</summary>
    /// <exception cref="ServiceError">NotFound (field <c>model</c>); NotReady: its pipeline file cannot be used.</exception>
    public PipelineModel Find(string name) => Find(pipelines.Current, name);

    /// <summary>The route of a request that names nothing, a version or an alias; the arm is still open.</summary>
    /// <exception cref="ServiceError">InvalidArgument, NotFound (field <c>version</c>); as <see cref="Find(string)"/> says.</exception>
    public ModelRoute Route(string name, string? version)
    {
        var (snapshot, plan) = (pipelines.Current, routes.PlanOf(name)); // each once a request: a change on the way does not mix with what was before
        var model = Find(snapshot, name);
        var fallback = snapshot.Fallbacks.GetValueOrDefault(name);
        if (version is null)
        {
            return new(model, plan.Champion, RoutePlan.DefaultAlias, PredictionEvent.Stable) { ShadowVersion = plan.Shadow, Canary = plan.Canary, Fallback = fallback };
        }

        if (RoutePlan.IsVersion(version))
        {
            return new(model, version, null, PredictionEvent.Stable);
        }

        if (plan.Aliases.TryGetValue(version, out var named))
        {
            return new(model, named, version, PredictionEvent.Stable) { Fallback = fallback };
        }

        throw version.Length == 0 || char.IsAsciiDigit(version[0]) || version[0] == '-'
            ? new ServiceError(ErrorCode.InvalidArgument, "A version is a whole number, or an alias.", "version")
            : new ServiceError(ErrorCode.NotFound, $"Model {name} has no alias of this name.", "version");
    }

    /// <summary>Sends the request to the canary when its entities, or without any its id, are on that side. Requests that named a version or an alias stay where they are.</summary>
    /// <remarks>A shadow of the canary's version is asked about what the champion answered, and the champion about what the canary answered: every request of the split has both.</remarks>
    public static ModelRoute Split(ModelRoute route, PredictRequest request)
    {
        if (route.Canary is not { Paused: false } canary)
        {
            return route;
        }

        var placed = route with { Place = StickyHash.PlaceOf($"{route.Name}/{canary.Version}", request, request.PredictionIds?[0] ?? CorrelationId.Current) };
        return placed.Place < canary.Weight
            ? placed with { Version = canary.Version, Arm = PredictionEvent.Canary, ShadowVersion = route.ShadowVersion == canary.Version ? route.Version : route.ShadowVersion }
            : placed;
    }

    /// <summary>Sends the request to the model's fallback when too much of what was read is stale or missing.</summary>
    public ModelRoute FallBack(ModelRoute route, FeatureValues features)
    {
        if (route.Fallback is not { } fallback || features.StaleShare <= route.Model.Definition.Fallback!.MaxStaleShare)
        {
            return route;
        }

        var plan = routes.PlanOf(fallback.Definition.Model);
        return new(fallback, plan.Champion, RoutePlan.DefaultAlias, PredictionEvent.Fallback) { ShadowVersion = plan.Shadow, FallbackFor = route.Name };
    }

    private static PipelineModel Find(PipelineSnapshot snapshot, string name) => snapshot.Models.TryGetValue(name, out var model) ? model : throw (snapshot.Broken.ContainsKey(name)
        ? new ServiceError(ErrorCode.NotReady, $"The pipeline of model {name} cannot be used.")
        : new ServiceError(ErrorCode.NotFound, "There is no model of this name; GET /v1/models lists them.", "model"));
}
