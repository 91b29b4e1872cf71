using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Quality;

/// <summary>Section <c>Quality</c>: how long predictions and labels wait for each other.</summary>
public sealed class QualityOptions
{
    /// <summary>Newest predictions whose label can still be joined, 1 to 10,000,000; default 200,000 (about 60 MB). Beyond, the oldest is forgotten.</summary>
    [Range(1, 10_000_000)]
    public int Predictions { get; set; } = 200_000;

    /// <summary>Newest labels that wait for their prediction, 1 to 10,000,000; default 100,000. Beyond, the oldest stays unmatched.</summary>
    [Range(1, 10_000_000)]
    public int Labels { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class QualityOptionsValidator : IValidateOptions<QualityOptions>;
