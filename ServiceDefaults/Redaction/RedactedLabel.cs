using System.Globalization;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Tags of measurements as they may be written. They are from closed sets, so each text is checked once.</summary>
internal static class RedactedLabel
{
    private static readonly KnownNames<string> Texts = new(Redactor.Text);

    /// <summary>The value as text; empty for null.</summary>
    public static string Of(string name, object? value) => value is string text && !SensitiveNames.Contains(name)
        ? Texts[text]
        : Convert.ToString(Redactor.Value(name, value), CultureInfo.InvariantCulture) ?? "";
}
