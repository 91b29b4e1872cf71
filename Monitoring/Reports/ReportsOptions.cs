using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Reports;

/// <summary>Section <c>Reports</c>: what of Monitoring stands in the gateway's audit log.</summary>
public sealed class ReportsOptions
{
    /// <summary>Key of the gateway with the scopes <c>audit.read</c> and <c>audit.write</c>, at most 512 characters; default empty = labels and alerts are not recorded.</summary>
    [StringLength(512)]
    public string GatewayKey { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class ReportsOptionsValidator : IValidateOptions<ReportsOptions>;
