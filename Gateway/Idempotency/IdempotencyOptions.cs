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

    /// <summary>Memory of all answers together, 64 KiB to 16 GiB; default 64 MiB. An answer takes the bytes of its JSON and 700 more.</summary>
    [Range(1L << 16, 1L << 34)]
    public long Bytes { get; set; } = 64L << 20;
}

[OptionsValidator]
internal sealed partial class IdempotencyOptionsValidator : IValidateOptions<IdempotencyOptions>;
