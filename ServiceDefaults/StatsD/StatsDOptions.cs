using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.StatsD;

/// <summary>Section <c>StatsD</c>: every metric as lines over UDP.</summary>
public sealed class StatsDOptions
{
    public const string Section = "StatsD";

    /// <summary>Name or address of the receiver. Null (default) = nothing is sent.</summary>
    [RegularExpression("^[A-Za-z0-9_.:-]{1,253}$")]
    public string? Host { get; set; }

    /// <summary>Its UDP port, 1 to 65,535; default 8125.</summary>
    [Range(1, 65_535)]
    public int Port { get; set; } = 8125;

    /// <summary>Default <see cref="StatsDFlavor.StatsD"/>.</summary>
    [EnumDataType(typeof(StatsDFlavor))]
    public StatsDFlavor Flavor { get; set; }

    /// <summary>What each name begins with: <c>mlaspire</c>, which a period follows. At most 64 letters, digits, <c>_</c>, <c>-</c> and periods; default none.</summary>
    [RegularExpression("^[A-Za-z0-9_.-]{0,64}$")]
    public string Prefix { get; set; } = "";

    /// <summary>Time from one sending to the next. 1 second to 1 hour; default 10 seconds, in which StatsD's server sums up.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class StatsDOptionsValidator : IValidateOptions<StatsDOptions>;
