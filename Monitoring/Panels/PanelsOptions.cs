using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Panels;

/// <summary>Section <c>Panels</c>: what the page draws of the services' metrics, each under a name of its own; at most 24. Taken over while the service runs.</summary>
public sealed class PanelsOptions : Dictionary<string, PanelOptions>
{
    public const string Section = "Panels";

    public const int MaxPanels = 24;
}

/// <summary>One chart: gauges as they are, counters as what they grow by in a second, histograms as a quantile of what was measured between two looks.</summary>
public sealed class PanelOptions
{
    /// <summary>1 to 100 characters.</summary>
    [Required]
    [StringLength(100)]
    public string Title { get; set; } = "";

    /// <summary>As <c>/metrics</c> spells it, of a histogram without <c>_bucket</c>: <c>ml_prediction_duration_seconds</c>. One that no service has yet draws nothing.</summary>
    [Required]
    [RegularExpression("^[a-zA-Z_][a-zA-Z0-9_]{0,199}$")]
    public string Metric { get; set; } = "";

    /// <summary>Labels and the values that they must have, at most 8, as <c>/metrics</c> spells them; <c>service</c> is the service's name. Default none.</summary>
    [MaxLength(8)]
    public IDictionary<string, string> Where { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The label that has a line for each of its values: counters and histograms are added up over the others, of gauges the greatest counts. Default <c>service</c>.</summary>
    [RegularExpression("^[a-zA-Z_][a-zA-Z0-9_]{0,99}$")]
    public string By { get; set; } = MetricsText.ServiceLabel;

    /// <summary>Of a histogram, 0 to 1; default 0.99.</summary>
    [Range(0d, 1d)]
    public double Quantile { get; set; } = 0.99;

    /// <summary>Whether both draw the same, so that what is known already stays.</summary>
    internal bool IsSame(PanelOptions other) =>
        (Title, Metric, By, Quantile) == (other.Title, other.Metric, other.By, other.Quantile) && Where.OrderBy(label => label.Key, StringComparer.Ordinal).SequenceEqual(other.Where.OrderBy(label => label.Key, StringComparer.Ordinal));
}

internal sealed class PanelsOptionsValidator : IValidateOptions<PanelsOptions>
{
    public ValidateOptionsResult Validate(string? name, PanelsOptions options)
    {
        List<string> problems = options.Count > PanelsOptions.MaxPanels ? [$"{PanelsOptions.Section}: at most {PanelsOptions.MaxPanels}, not {options.Count}."] : [];
        foreach (var (panel, settings) in options)
        {
            List<ValidationResult> wrong = [];
            Validator.TryValidateObject(settings, new ValidationContext(settings), wrong, validateAllProperties: true);
            problems.AddRange(wrong.Select(result => $"{PanelsOptions.Section}:{panel}:{result.MemberNames.First()}: {result.ErrorMessage}"));
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
