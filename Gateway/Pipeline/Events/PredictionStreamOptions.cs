using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Gateway.Pipeline.Events;

/// <summary>Section <c>PredictionStream</c>: the way of prediction events to Redis.</summary>
public sealed class PredictionStreamOptions
{
    /// <summary>Events that may wait to be sent, 1 to 1,000,000; default 10,000. Beyond, new ones are dropped and counted.</summary>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 10_000;

    /// <summary>About how many events the stream keeps, 1,000 to 10,000,000; default 100,000. Redis drops the oldest.</summary>
    [Range(1_000, 10_000_000)]
    public int Length { get; set; } = 100_000;

    /// <summary>How long the stream keeps an event, 1 h to 365 days; default 7 days. It has the row's entities in the clear, also of a subject that was erased meanwhile.</summary>
    [TimeRange("01:00:00", "365.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(7);
}

[OptionsValidator]
internal sealed partial class PredictionStreamOptionsValidator : IValidateOptions<PredictionStreamOptions>;
