using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Pipeline;

/// <summary>An accepted request on its way through the stages: what is known of it when one fails.</summary>
internal sealed class Attempt(ModelRoute route, PredictRequest request, Trail trail, Stages stages)
{
    public ModelRoute Route => route;

    public PredictRequest Request => request;

    public Trail Trail => trail;

    public Stages Stages => stages;

    /// <summary>Null until they are read.</summary>
    public FeatureValues? Features { get; set; }

    /// <summary>Row-major, shape [rows, columns]; null until it is made.</summary>
    public float[]? Tensor { get; set; }
}
