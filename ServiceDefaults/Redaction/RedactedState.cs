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

    /// <summary>A log event's state, checked.</summary>
    /// <param name="message">The state as a sentence.</param>
    /// <param name="secrets">Gets the texts that were taken out of named values, so that they can be taken out of the exception too; null while there are none.</param>
    public static RedactedState From(object? state, string message, ref List<string>? secrets)
    {
        var original = Pairs(state);
        var pairs = new KeyValuePair<string, object?>[original.Count];
        var isClean = true;
        for (var index = 0; index < pairs.Length; index++)
        {
            var (name, value) = pairs[index] = original[index];
            var clean = name == Template ? value : Redactor.Value(name, value);
            if (ReferenceEquals(clean, value))
            {
                continue;
            }

            isClean = false;
            pairs[index] = new(name, clean);
            if (clean is Redactor.Mark && value is string { Length: >= 4 } secret)
            {
                (secrets ??= []).Add(secret);
            }
        }

        return new RedactedState(pairs, Redactor.Text(isClean ? message : Rendered(pairs) ?? $"{Redactor.Mark} (a message without a template)"));
    }

    /// <summary>A scope's state, checked; null when nothing had to be taken out of it.</summary>
    /// <remarks>The text of a scope without a template is made of nothing but its values: when they are clean, it is.</remarks>
    public static RedactedState? FromScope(object state)
    {
        var pairs = Pairs(state);
        var isClean = pairs.Count > 0;
        for (var index = 0; isClean && index < pairs.Count; index++)
        {
            var (name, value) = pairs[index];
            isClean = name != Template && ReferenceEquals(Redactor.Value(name, value), value);
        }

        if (isClean)
        {
            return null;
        }

        List<string>? secrets = null;
        return From(state, state.ToString() ?? "", ref secrets);
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> Pairs(object? state) =>
        state as IReadOnlyList<KeyValuePair<string, object?>> ?? (state is IEnumerable<KeyValuePair<string, object?>> some ? [.. some] : []);

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
