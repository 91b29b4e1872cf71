using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Witness;

/// <summary>Section <c>Witness</c>: which audit logs are witnessed, and where what was seen of them is kept.</summary>
public sealed class WitnessOptions
{
    /// <summary>Folder of the witness's key and of the newest checkpoint of each log, for this witness alone and on another volume than the logs; default empty = nothing is witnessed.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The witness's name beside its signatures, 1 to 64 characters of <c>a-z 0-9 . / -</c>; default <c>mlaspire/monitoring</c>.</summary>
    [RegularExpression("^[a-z0-9./-]{1,64}$")]
    public string Name { get; set; } = "mlaspire/monitoring";

    /// <summary>The logs that it knows, at most 64; each needs a key, and its name once.</summary>
    [MaxLength(64)]
    [ValidateEnumeratedItems]
    public IList<WitnessedLogOptions> Logs { get; } = [];
}

/// <summary>A log that is witnessed.</summary>
public sealed class WitnessedLogOptions
{
    /// <summary>The log's name, as its gateway has it in <c>Audit:Origin</c>.</summary>
    [Required]
    [RegularExpression("^[a-z0-9./-]{1,64}$")]
    public string Origin { get; set; } = "";

    /// <summary>The log's public key in PEM; or, when it is empty, <see cref="KeyFile"/>. After a rotation the new key, and below it the old one, which is trusted for what was seen before.</summary>
    public string Key { get; set; } = "";

    /// <summary>File of the log's public key in PEM, or keys as in <see cref="Key"/>. It may be made later than the witness starts; it is read once.</summary>
    public string KeyFile { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class WitnessOptionsValidator : IValidateOptions<WitnessOptions>;
