using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Gateway.Limits;

/// <summary>Section <c>Limits</c>: how much one caller, one model and all together may be asked. Beyond, the answer is 429 with Retry-After; nothing queues.</summary>
public sealed class LimitsOptions : IValidatableObject
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

    /// <summary>Largest body that is forwarded to the model server (<c>/v2</c>), 1 KB to 2 GB less 1; default 256 MiB, as Inference.Api takes. Beyond: 413.</summary>
    [Range(1_024, int.MaxValue)]
    public int ForwardedBodyBytes { get; set; } = 268_435_456;

    /// <summary>Predict requests of one model that are always taken, however slow they are, 1 to <see cref="Concurrency"/>; default 8. With no more of them in progress its latency counts as that of an idle model.</summary>
    [Range(1, 100_000)]
    public int MinConcurrency { get; set; } = 8;

    /// <summary>Median latency of a model up to which none of its requests is refused for it, 1 ms to 1 min; default 200 ms: a 95th percentile of 500 ms is then in reach.</summary>
    [TimeRange("00:00:00.001", "00:01:00")]
    public TimeSpan AcceptableLatency { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The same for a model that is slow by itself: as a multiple of its latency when idle, 1 to 100; default 2.</summary>
    [Range(1.0, 100.0)]
    public double LatencyTolerance { get; set; } = 2;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => MinConcurrency <= Concurrency ? []
        : [new ValidationResult($"{nameof(MinConcurrency)} must not be greater than {nameof(Concurrency)}.", [nameof(MinConcurrency)])];
}

[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
