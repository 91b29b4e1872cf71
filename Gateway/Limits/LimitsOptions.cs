using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Gateway.Limits;

/// <summary>Section <c>Limits</c>: how much one caller, and all together, may ask. Beyond, the answer is 429 with Retry-After; nothing queues.</summary>
public sealed class LimitsOptions
{
    /// <summary>Requests a second on average of one caller, 0.001 to 1,000,000; null (the default) = no limit.</summary>
    [Range(0.001, 1_000_000)]
    public double? RequestsPerSecond { get; set; }

    /// <summary>Seconds' worth of requests that a caller may send at once, 0.001 to 3,600; default 2. At least one request is always possible.</summary>
    [Range(0.001, 3_600)]
    public double BurstSeconds { get; set; } = 2;

    /// <summary>Requests of one caller in progress, 1 to 100,000; default 256.</summary>
    [Range(1, 100_000)]
    public int CallerConcurrency { get; set; } = 256;

    /// <summary>Requests of all callers in progress, 1 to 100,000; default 512.</summary>
    [Range(1, 100_000)]
    public int Concurrency { get; set; } = 512;
}

[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
