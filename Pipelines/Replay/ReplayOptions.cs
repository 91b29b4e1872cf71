using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Pipelines.Replay;

/// <summary>What is replayed, and how fast; section <c>Replay</c>.</summary>
public sealed class ReplayOptions : IValidatableObject
{
    /// <summary>First moment that is replayed, ISO 8601 with its UTC offset. Default: the afternoon before the storm of 25 February 2001.</summary>
    [Required]
    public string From { get; set; } = "2001-02-24T20:00:00Z";

    /// <summary>Event time that passes in one second, in seconds; 0.1 to 1,000,000. Default: 600, a day in 2.4 minutes.</summary>
    [Range(0.1, 1_000_000)]
    public double Speed { get; set; } = 600;

    /// <summary>Number of departures after which the replay ends, 0 or more; 0 = all there are. Default: 0.</summary>
    [Range(0, int.MaxValue)]
    public int Limit { get; set; }

    /// <summary>Days of events that are pushed before <see cref="From"/>, 0 to 30. Default: 8, which is what the features look back.</summary>
    [Range(0, 30)]
    public int WarmUpDays { get; set; } = 8;

    /// <summary>Most flights that are predicted in one second of real time, 1 to 100,000; the others of that second are not predicted. Default: 200.</summary>
    [Range(1, 100_000)]
    public int PredictRate { get; set; } = 200;

    /// <summary>Key that the feature store wants of who writes (its <c>Access__Keys</c>), printable ASCII, at most 256 characters. Default: none, for a store that is open.</summary>
    [RegularExpression("[ -~]{1,256}")]
    public string? FeatureStoreKey { get; set; }

    /// <summary>Key that Monitoring wants of who sends labels (its <c>Access__Keys</c>), printable ASCII, at most 256 characters. Default: none, for one that is open.</summary>
    [RegularExpression("[ -~]{1,256}")]
    public string? MonitoringKey { get; set; }

    /// <summary><see cref="From"/> as a moment.</summary>
    internal DateTimeOffset Start => IsoTime.Parse(From, "Replay:From");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsoTime.TryParse(From, out _))
        {
            yield return new ValidationResult($"Replay:From {IsoTime.Expected}", [nameof(From)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class ReplayOptionsValidator : IValidateOptions<ReplayOptions>;
