using System.Globalization;
using System.Net;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Pages;

/// <summary>Texts and figures as the pages write them.</summary>
internal static class Markup
{
    private const string Nothing = "–";

    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    public static string Number(double value) => value.ToString(Math.Abs(value) < 10 && value != Math.Floor(value) ? "0.##" : "#,0", CultureInfo.InvariantCulture);

    public static string Decimal(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? Nothing;

    /// <param name="value">In [0, 1].</param>
    public static string Percent(double? value) => value is { } share ? $"{(100 * share).ToString("0.#", CultureInfo.InvariantCulture)} %" : Nothing;

    public static string Milliseconds(double? value) => value is { } number ? $"{number.ToString(number < 1 ? "0.00" : number < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture)} ms" : Nothing;

    public static string Time(DateTimeOffset? value) => value?.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? Nothing;

    /// <summary>Why a question has no answer.</summary>
    public static string Refusal(ServiceError wrong) =>
        $"""<p class="note bad">{Encode(wrong.Errors.Count == 0 ? wrong.Message : string.Join("; ", wrong.Errors.Select(error => $"{error.Field} {error.Message}")))}</p>""";
}
