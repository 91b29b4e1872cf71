using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Leaks;

/// <summary>Which feed is checked; section <c>Leaks</c>.</summary>
public sealed class LeaksOptions
{
    /// <summary>When the store is told a flight's delay: <c>landing</c>, as the replay does, or <c>departure</c>, the planted leak, which must be found. Default: landing.</summary>
    [RegularExpression("^(landing|departure)$")]
    public string KnownAt { get; set; } = "landing";
}

[OptionsValidator]
internal sealed partial class LeaksOptionsValidator : IValidateOptions<LeaksOptions>;
