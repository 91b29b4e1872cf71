using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Limits;

/// <summary>Admits predict requests, each model by its own <see cref="AdaptiveLimit"/>, so that a slow model does not shut out a fast one. Only the models of the repository have one; all other names share one.</summary>
internal sealed class Admission
{
    private readonly ConcurrentDictionary<string, AdaptiveLimit> limits = new();
    private readonly PipelineTable pipelines;
    private readonly LimitsOptions options;
    private readonly GatewayMetrics metrics;
    private readonly TimeProvider time;

    public Admission(PipelineTable pipelines, IOptions<LimitsOptions> options, GatewayMetrics metrics, TimeProvider time)
    {
        (this.pipelines, this.options, this.metrics, this.time) = (pipelines, options.Value, metrics, time);
        metrics.Admitting(limits);
    }

    /// <summary>A place for a request to <paramref name="model"/>, before anything is done for it.</summary>
    /// <exception cref="ServiceError">Overloaded: as many are in progress as can be answered in good time.</exception>
    public Place Enter(string model)
    {
        var known = pipelines.Current.Models.ContainsKey(model) ? model : GatewayMetrics.UnknownModel;
        if (limits.GetOrAdd(known, _ => new(options, time)).Enter() is { } place)
        {
            return place;
        }

        metrics.Refused(known);
        throw new ServiceError(ErrorCode.Overloaded, "The model has as many requests in progress as are answered in good time.");
    }
}
