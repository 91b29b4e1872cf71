using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>The named values and the text of a log event or a scope, after the check.</summary>
internal sealed partial class RedactedState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Template = "{OriginalFormat}";

    [ThreadStatic]
    private static RedactedState? spare;

    private readonly List<KeyValuePair<string, object?>> pairs = [];
    private readonly TakenOut taken = new();
    private string text = "";

    public int Count => pairs.Count;

    public KeyValuePair<string, object?> this[int index] => pairs[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => text;

    /// <summary>One for a log event, with the facts of the request whose line it is; until <see cref="GiveBack"/>. It is the thread's own, unless a sink logs while it writes: no sink keeps an event's state beyond its call.</summary>
    public static RedactedState Take()
    {
        var taken = spare ?? new RedactedState();
        spare = null;
        taken.pairs.AddRange(RequestFacts.Told);
        return taken;
    }

    /// <summary>Empties it for the thread's next event.</summary>
    public void GiveBack()
    {
        pairs.Clear();
        taken.Clear();
        text = "";
        spare = this;
    }

    /// <summary>Adds an event's or a scope's state, checked.</summary>
    /// <param name="message">The state as a sentence.</param>
    public void Set<TState>(TState state, string message)
    {
        var isClean = true;
        if (state is IReadOnlyList<KeyValuePair<string, object?>> list)
        {
            // A structure becomes an object here, once. A cast for each use makes none, or one for each use: as the compiler at run time decides in that process.
            for (var index = 0; index < list.Count; index++)
            {
                isClean &= Add(list[index]);
            }
        }
        else if (state is IEnumerable<KeyValuePair<string, object?>> some)
        {
            foreach (var pair in some)
            {
                isClean &= Add(pair);
            }
        }

        text = Redactor.Text(isClean ? message : Rendered() ?? $"{Redactor.Mark} (a message without a template)");
    }

    /// <summary>An event's exception without what was taken out of the event and of the scopes around it.</summary>
    public Exception CleanOf(Exception exception, IExternalScopeProvider scopes)
    {
        scopes.ForEachScope(static (scope, all) => all.AddAll((scope as RedactedState)?.taken), taken);
        return taken.CleanOf(exception);
    }

    /// <summary>Says instead of an event that it could not be checked.</summary>
    public void SetUnchecked(Exception failure)
    {
        pairs.Clear();
        pairs.AddRange(RequestFacts.Told);
        text = $"{Redactor.Mark} (an event that could not be checked: {failure.GetType().Name})";
    }

    /// <summary>A scope's state, checked; null when nothing had to be taken out of it.</summary>
    /// <remarks>The text of a scope without a template is made of nothing but its values: when they are clean, it is.</remarks>
    public static RedactedState? FromScope(object state)
    {
        var pairs = state as IReadOnlyList<KeyValuePair<string, object?>> ?? (state is IEnumerable<KeyValuePair<string, object?>> some ? [.. some] : []);
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

        var clean = new RedactedState();
        clean.Set(state, state.ToString() ?? "");
        return clean;
    }

    /// <returns>False when something had to be taken out of it.</returns>
    private bool Add(KeyValuePair<string, object?> pair)
    {
        var (name, value) = pair;
        var clean = name == Template ? value : Redactor.Value(name, value, taken);
        pairs.Add(new(name, clean));
        return ReferenceEquals(clean, value);
    }

    /// <summary>The message made again from its template and the values that are left; null without a template.</summary>
    private string? Rendered()
    {
        if (ValueOf(Template) is not string template)
        {
            return null;
        }

        return Placeholder().Replace(template, hole => hole.Value switch
        {
            "{{" => "{",
            "}}" => "}",
            _ => string.Format(
                CultureInfo.InvariantCulture, $"{{0{hole.Groups["format"].Value}}}", Shown(ValueOf(hole.Groups["name"].Value))),
        });
    }

    private object? ValueOf(string name) => pairs.FindLast(pair => pair.Key == name).Value;

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
