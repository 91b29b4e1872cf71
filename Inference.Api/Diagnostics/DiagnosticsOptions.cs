using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What is shown beyond the usual. Section <c>Diagnostics</c>.</summary>
public sealed class DiagnosticsOptions
{
    public const string Section = "Diagnostics";

    /// <summary>Triton's quantiles, <c>nv_inference_*_summary_us</c>: 85 KB and five series of five quantiles for each version; default false, as there.</summary>
    [AllowedValues(true, false)]
    public bool TritonSummaries { get; set; }
}

/// <summary>Checks <see cref="DiagnosticsOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class DiagnosticsOptionsValidator : IValidateOptions<DiagnosticsOptions>;
