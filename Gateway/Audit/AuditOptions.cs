using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Gateway.Audit;

/// <summary>Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>Folder of the audit log, for this gateway alone; there is no default.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>File with the private key that signs checkpoints (ECDSA P-256, PEM), made when it is missing; default <c>checkpoint.key</c> in <see cref="Directory"/>. In production it belongs on another volume than the log.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>File with the key (32 bytes in base64) that wraps the subjects' keys, made when it is missing; default <c>subjects.master</c> in <see cref="Directory"/>. In production it belongs on another volume than the log.</summary>
    public string MasterKeyFile { get; set; } = "";

    /// <summary>The log's name in answers and records, 1 to 64 characters of <c>a-z 0-9 . / -</c>; default <c>mlaspire/gateway</c>. Every gateway needs its own.</summary>
    [RegularExpression("^[a-z0-9./-]{1,64}$")]
    public string Origin { get; set; } = "mlaspire/gateway";

    /// <summary>A segment of the log that is as large is ended with the next record, in bytes, [4 KiB, 1 GiB]; default 64 MiB. A segment is larger by one group of records at most.</summary>
    [Range(1L << 12, 1L << 30)]
    public long SegmentBytes { get; set; } = 64 << 20;

    /// <summary>A segment whose first record is as old is ended with the next record, [1 min, 366 d]; default 1 d.</summary>
    [TimeRange("00:01:00", "366.00:00:00")]
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How old the newest record of an ended segment gets before the segment is removed, [1 h, 36,500 d]; default null = nothing is ever removed. Changes, hashes and proofs stay.</summary>
    [TimeRange("01:00:00", "36500.00:00:00")]
    public TimeSpan? Retention { get; set; }

    /// <summary>How long one write may take until the disk counts as hanging: then the gateway is not ready, and no record is taken until the write is over, [100 ms, 5 min]; default 5 s.</summary>
    [TimeRange("00:00:00.1", "00:05:00")]
    public TimeSpan StallsAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What becomes of a prediction whose record cannot be written; default <see cref="AuditMode.Required"/>.</summary>
    public AuditMode Mode { get; set; }

    /// <summary>Whether the log is witnessed by the service <c>monitoring</c>; default false. The witness needs the log's public key, <c>checkpoint.pub</c> in <see cref="Directory"/>.</summary>
    public bool Witnessed { get; set; }
}

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;
