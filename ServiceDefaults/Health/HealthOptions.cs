using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Section <c>Health</c>: from when on a service says that its machine is in trouble (it goes on serving, degraded, and one warning is logged), and how it ends.</summary>
public sealed class HealthOptions
{
    public const string Section = "Health";

    /// <summary>Free space below which a disk is low, in bytes. 0 (never) and up; default 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long MinFreeDiskBytes { get; set; } = 256L << 20;

    /// <summary>Share of the memory that the process may use (the container's limit, else the machine's) from which on it is low. (0, 1]; default 0.9.</summary>
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double MaxMemoryShare { get; set; } = 0.9;

    /// <summary>Difference to the clock of a service that is called, from which on the clocks disagree. 2 s (what is told has whole seconds) to 1 day; default 5 s.</summary>
    [TimeRange("00:00:02", "1.00:00:00")]
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a service that is told to end still takes requests while it says that it is not ready. 0 (there is nobody who shares out requests by readiness) to 5 min; default 0. Requests under way have 30 s more.</summary>
    [TimeRange("00:00:00", "00:05:00")]
    public TimeSpan StopGrace { get; set; }

    /// <summary>Directories that the service writes to; its code adds them.</summary>
    internal List<string> Directories { get; } = [];
}

[OptionsValidator]
internal sealed partial class HealthOptionsValidator : IValidateOptions<HealthOptions>;
