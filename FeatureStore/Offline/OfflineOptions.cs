using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Section <c>Offline</c>.</summary>
public sealed class OfflineOptions
{
    public const string Section = "Offline";

    /// <summary>Folder of the log, for this replica alone; empty = no log is kept, and nothing can be joined or applied again. Default: empty; the AppHost sets it.</summary>
    public string Directory { get; init; } = "";

    /// <summary>Bytes from which on a new segment is begun; 4,096 to 268,435,456 (a segment is read whole), default 64 MiB.</summary>
    [Range(4_096, 268_435_456)]
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of the whole log from which on writers are refused (503) until the bound is raised, or segments are past <see cref="Retention"/>; default 64 GiB.</summary>
    [Range(8_192, long.MaxValue)]
    public long MaxBytes { get; init; } = 64L * 1024 * 1024 * 1024;

    /// <summary>Bytes, as they are logged, of pushes that wait for the disk or for Redis; beyond, a push is refused as Overloaded, unless it is the only one. 65,536 to 1,073,741,824 (they may be one segment, which is read whole), default 256 MiB.</summary>
    [Range(65_536, 1_073_741_824)]
    public int MaxWaitingBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>How long a segment is kept after its last row was appended: what is older can no longer be joined. 91 (no view keeps anything for longer than 90) to 36,500 days; default: for ever.</summary>
    [TimeRange("91.00:00:00", "36500.00:00:00")]
    public TimeSpan? Retention { get; init; }
}

[OptionsValidator]
internal sealed partial class OfflineOptionsValidator : IValidateOptions<OfflineOptions>;
