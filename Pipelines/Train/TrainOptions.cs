using System.ComponentModel.DataAnnotations;
using MlAspire.Pipelines.Train.GradientBoosting;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Train;

/// <summary>What <c>train</c> learns from and where it writes; section <c>Train</c>. Dates are those of the origin's clock.</summary>
public sealed class TrainOptions : IValidatableObject
{
    /// <summary>Version of the model that is written, 1 or more. Default: 1.</summary>
    [Range(1, int.MaxValue)]
    public int Version { get; set; } = 1;

    /// <summary>First day that is learnt from. Default: 8 January, because the features look back eight days.</summary>
    public DateOnly From { get; set; } = new(2001, 1, 8);

    /// <summary>First day that is tested on, so the day after the last one learnt from. Default: 1 March.</summary>
    public DateOnly TestFrom { get; set; } = new(2001, 3, 1);

    /// <summary>Least area under the ROC curve in the first month tested, 0 to 1; below it nothing is written. Default: 0.78.</summary>
    [Range(0.0, 1.0)]
    public double MinAuc { get; set; } = 0.78;

    /// <summary>Who has it trained, a person or a pipeline, 1 to 100 characters; stands in lineage.json. Default: not said.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string? TrainedBy { get; set; }

    /// <summary>The code's commit, hexadecimal, with <c>-dirty</c> behind it when files differ from it; stands in lineage.json. Default: not said; <c>./mlaspire train</c> gives it.</summary>
    [RegularExpression("^[0-9a-f]{40,64}(-dirty)?$")]
    public string? CodeCommit { get; set; }

    /// <summary>Key of the gateway with the scope <c>audit.write</c>: the run is recorded in its audit log, or the model is not written. Default: empty, nothing is recorded.</summary>
    public string GatewayKey { get; set; } = "";

    /// <summary>How the trees are grown.</summary>
    [ValidateObjectMembers]
    public BoostingOptions Boosting { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TestFrom <= From)
        {
            yield return new ValidationResult($"Train:TestFrom {TestFrom:yyyy-MM-dd} is not after Train:From {From:yyyy-MM-dd}", [nameof(TestFrom)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class TrainOptionsValidator : IValidateOptions<TrainOptions>;
