using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Traffic;

/// <summary>Section <c>Traffic</c>: what is a spike.</summary>
public sealed class TrafficOptions
{
    /// <summary>Times as many predictions of a model as usual in 10 s; at least 2, default 5.</summary>
    [Range(2d, 1_000d)]
    public double SpikeFactor { get; set; } = 5;

    /// <summary>Predictions in 10 s below which there is no spike; default 100.</summary>
    [Range(1, 1_000_000)]
    public int SpikePredictions { get; set; } = 100;
}

[OptionsValidator]
internal sealed partial class TrafficOptionsValidator : IValidateOptions<TrafficOptions>;
