using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.Windows;

/// <summary>Section <c>Windows</c>: how much of the past is kept in memory.</summary>
public sealed class WindowOptions
{
    /// <summary>Length of one window, 1 s to 1 h; default 1 min.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan Length { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Windows kept for a model, 2 to 1,440; default 60. A window takes about 12 KB.</summary>
    [Range(2, 1440)]
    public int Count { get; set; } = 60;

    /// <summary>Models that are watched, 1 to 1,000; default 50. Events of further models are skipped and counted.</summary>
    [Range(1, 1000)]
    public int Models { get; set; } = 50;
}

[OptionsValidator]
internal sealed partial class WindowOptionsValidator : IValidateOptions<WindowOptions>;
