using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>The named values and the text of a log event or a scope, after the check.</summary>
internal sealed partial class RedactedState(IReadOnlyList<KeyValuePair<string, object?>> pairs, string text) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Template = "{OriginalFormat}";

    public int Count => pairs.Count;

    public KeyValuePair<string, object?> this[int index] => pairs[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => text;

    /// <summary>The state checked; null when nothing had to be taken out of it or of its message.</summary>
    /// <param name="message">The state as a sentence.</param>
    /// <param name="secrets">Gets the texts that were taken out of named values, so that they can be taken out of the exception too.</param>
    public static RedactedState? From(object? state, string message, List<string> secrets)
    {
        var original = state as IReadOnlyList<KeyValuePair<string, object?>> ?? (state is IEnumerable<KeyValuePair<string, object?>> some ? [.. some] : []);
        KeyValuePair<string, object?>[]? changed = null;
        for (var index = 0; index < original.Count; index++)
        {
            var (name, value) = original[index];
            var clean = name == Template ? value : Redactor.Value(name, value);
            if (ReferenceEquals(clean, value))
            {
                continue;
            }

            changed ??= [.. original];
            changed[index] = new(name, clean);
            if (clean is Redactor.Mark && value is string { Length: >= 4 } secret)
            {
                secrets.Add(secret);
            }
        }

        var text = Redactor.Text(changed is null ? message : Rendered(changed) ?? $"{Redactor.Mark} (a message without a template)");
        return changed is null && ReferenceEquals(text, message) ? null : new RedactedState(changed ?? original, text);
    }

    /// <summary>The message made again from its template and the values that are left; null without a template.</summary>
    private static string? Rendered(KeyValuePair<string, object?>[] pairs)
    {
        if (Array.Find(pairs, pair => pair.Key == Template).Value is not string template)
        {
            return null;
        }

        return Placeholder().Replace(template, hole => hole.Value switch
        {
            "{{" => "{",
            "}}" => "}",
            _ => string.Format(
                CultureInfo.InvariantCulture, $"{{0{hole.Groups["format"].Value}}}", Shown(Array.Find(pairs, pair => pair.Key == hole.Groups["name"].Value).Value)),
        });
    }

    private static object Shown(object? value) => value switch
    {
        null => "(null)",
        string or IFormattable => value,
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(each => each ?? "(null)")),
        _ => value,
    };

    [GeneratedRegex(@"\{\{|\}\}|\{@?\$?(?<name>[^{},:]+)(?<format>[^{}]*)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();
}
