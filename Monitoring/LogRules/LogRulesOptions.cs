using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.LogRules;

/// <summary>Section <c>LogRules</c>: what is counted and alerted on in the log lines of all services. Taken over while the service runs.</summary>
public sealed class LogRulesOptions : IValidatableObject
{
    public const string Section = "LogRules";

    /// <summary>At most 64; each name once.</summary>
    [MaxLength(64)]
    [ValidateEnumeratedItems]
    public IList<LogRuleOptions> Rules { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Rules
        .GroupBy(rule => rule.Name, StringComparer.Ordinal).Where(rules => rules.Count() > 1)
        .Select(rules => new ValidationResult($"The name '{rules.Key}' is given twice.", [nameof(Rules)]));
}

/// <summary>Fires when <see cref="Count"/> lines within <see cref="Window"/> hold what it names.</summary>
public sealed class LogRuleOptions : IValidatableObject
{
    /// <summary>1 to 64 characters of <c>a-z 0-9 _</c>: the label of its metric.</summary>
    [Required]
    [RegularExpression("^[a-z0-9_]{1,64}$")]
    public string Name { get; set; } = "";

    /// <summary>Fields of a line and their values, 1 to 16: <c>{"event": "redis_lost", "service": "gateway"}</c>.</summary>
    [MinLength(1)]
    [MaxLength(16)]
    public IDictionary<string, string> Where { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The lowest level that counts; default null = all.</summary>
    public string? Level { get; set; }

    /// <summary>1 to 1,000,000; default 1.</summary>
    [Range(1, 1_000_000)]
    public int Count { get; set; } = 1;

    /// <summary>1 second to 1 hour; default 1 minute.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Level is null || Logs.LogFilter.Levels.Contains(Level) ? []
        : [new ValidationResult($"{nameof(Level)} must be one of {string.Join(", ", Logs.LogFilter.Levels)}.", [nameof(Level)])];
}

[OptionsValidator]
internal sealed partial class LogRulesOptionsValidator : IValidateOptions<LogRulesOptions>;
