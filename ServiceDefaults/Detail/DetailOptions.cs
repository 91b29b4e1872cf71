using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Section <c>Telemetry</c>: how much is told of a request beside its one line.</summary>
public sealed class DetailOptions
{
    public const string Section = "Telemetry";

    /// <summary>In which a verdict comes from one service to the other.</summary>
    public static readonly TimeSpan VerdictTime = TimeSpan.FromSeconds(5);

    /// <summary>Default <see cref="TelemetryLevel.Full"/>.</summary>
    public TelemetryLevel Level { get; set; } = TelemetryLevel.Full;

    /// <summary>Share of the traces that are told in full although nothing happened in them, by a hash of the trace id: every service chooses the same. 0 to 1; default 0.05. At <see cref="TelemetryLevel.Standard"/>.</summary>
    [Range(0d, 1d)]
    public double SampledShare { get; set; } = 0.05;

    /// <summary>A request that takes longer is told in full. 1 ms to 10 min; default 500 ms.</summary>
    [TimeRange("00:00:00.001", "00:10:00")]
    public TimeSpan SlowFrom { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the detail of a request waits for the verdict of the service that sent it: longer than a request may take there, by <see cref="VerdictTime"/>. 1 s to 6 min; default 65 s.</summary>
    [TimeRange("00:00:01", "00:06:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(65);

    /// <summary>Lines and spans of one request that are held; of more, the oldest go. 1 to 10,000; default 256.</summary>
    [Range(1, 10_000)]
    public int MaxHeldPerRequest { get; set; } = 256;

    /// <summary>Requests whose detail waits for a verdict; of more, the oldest go. 1 to 100,000; default 2,048.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 2_048;

    /// <summary>Whether what a caller says of the verdict counts. True (default) for a service that only our services call; the Gateway has it false.</summary>
    public bool TrustsCallers { get; set; } = true;
}

[OptionsValidator]
internal sealed partial class DetailOptionsValidator : IValidateOptions<DetailOptions>;
