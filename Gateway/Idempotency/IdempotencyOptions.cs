using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Gateway.Idempotency;

/// <summary>Section <c>Idempotency</c>: how many answers are kept for requests that are sent again, and for how long. The oldest go first when there are more; a restart forgets all.</summary>
public sealed class IdempotencyOptions
{
    /// <summary>From the answer on, 1 s to 1 day; default 10 min.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Rows of all answers together, 1 to 10,000,000; default 100,000 (about 40 MB).</summary>
    [Range(1, 10_000_000)]
    public int Rows { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class IdempotencyOptionsValidator : IValidateOptions<IdempotencyOptions>;
