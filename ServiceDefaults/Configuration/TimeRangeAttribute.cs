using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace MlAspire.ServiceDefaults.Configuration;

/// <summary>Bounds of a <see cref="TimeSpan"/>, both allowed. <see cref="RangeAttribute"/> would read them with a converter that it finds by reflection.</summary>
/// <param name="minimum"><c>[d.]hh:mm:ss[.fffffff]</c>.</param>
/// <param name="maximum">In the same form.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeRangeAttribute(string minimum, string maximum) : ValidationAttribute("The field {0} must be between {1} and {2}.")
{
    private readonly TimeSpan least = TimeSpan.ParseExact(minimum, "c", CultureInfo.InvariantCulture);
    private readonly TimeSpan most = TimeSpan.ParseExact(maximum, "c", CultureInfo.InvariantCulture);

    public string Minimum => minimum;

    public string Maximum => maximum;

    /// <returns>True of null too: that a value must be there is another attribute's matter.</returns>
    public override bool IsValid(object? value) => value is null || (value is TimeSpan time && time >= least && time <= most);

    public override string FormatErrorMessage(string name) => string.Format(CultureInfo.InvariantCulture, ErrorMessageString, name, minimum, maximum);
}
