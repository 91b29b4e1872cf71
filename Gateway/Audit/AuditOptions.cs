using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Gateway.Audit;

/// <summary>Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>Folder of the audit log, for this gateway alone; there is no default.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>File with the private key that signs checkpoints (ECDSA P-256, PEM), made when it is missing; default <c>checkpoint.key</c> in <see cref="Directory"/>. In production it belongs on another volume than the log.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The log's name in answers and records, 1 to 64 characters of <c>a-z 0-9 . / -</c>; default <c>mlaspire/gateway</c>. Every gateway needs its own.</summary>
    [RegularExpression("^[a-z0-9./-]{1,64}$")]
    public string Origin { get; set; } = "mlaspire/gateway";

    /// <summary>What becomes of a prediction whose record cannot be written; default <see cref="AuditMode.Required"/>.</summary>
    public AuditMode Mode { get; set; }

    /// <summary>Whether the log is witnessed by the service <c>monitoring</c>; default false. The witness needs the log's public key, <c>checkpoint.pub</c> in <see cref="Directory"/>.</summary>
    public bool Witnessed { get; set; }
}

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;
