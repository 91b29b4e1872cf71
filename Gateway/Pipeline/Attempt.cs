using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Pipeline;

/// <summary>An accepted request on its way through the stages: what is known of it when one fails.</summary>
internal sealed class Attempt(ModelRoute route, PredictRequest request, Trail trail, Stages stages)
{
    public ModelRoute Route { get; private set; } = route;

    public PredictRequest Request { get; private set; } = request;

    public Trail Trail => trail;

    public Stages Stages => stages;

    /// <summary>Null until they are read.</summary>
    public FeatureValues? Features { get; set; }

    /// <summary>Row-major, shape [rows, columns]; null until it is made.</summary>
    public float[]? Tensor { get; set; }

    /// <summary>Goes on by another route, with the columns that its model takes.</summary>
    public void Take(ModelRoute other)
    {
        if (other != Route)
        {
            (Request, Route) = (Request.For(other.Model.Inputs, Route.Model.Inputs), other);
        }
    }
}
