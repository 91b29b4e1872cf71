using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Freshness;

/// <summary>What staleness is measured at; section <c>Freshness</c>.</summary>
public sealed class FreshnessOptions
{
    /// <summary>Area under the ROC curve that staleness may cost, above 0 to 0.5. Default: 0.005.</summary>
    [Range(0.0001, 0.5)]
    public double AucBudget { get; set; } = 0.005;
}

[OptionsValidator]
internal sealed partial class FreshnessOptionsValidator : IValidateOptions<FreshnessOptions>;
