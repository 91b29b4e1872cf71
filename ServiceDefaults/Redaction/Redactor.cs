using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>
/// Takes secrets out of values and texts: everything under a sensitive name or marked <see cref="SensitiveAttribute"/>, and in any text what looks like one (name=value pairs, credentials in URLs and headers,
/// tokens, mail addresses, whom a path names). Pure. Fails closed: what cannot be checked is not written.
/// </summary>
public static partial class Redactor
{
    /// <summary>What stands where a secret was.</summary>
    public const string Mark = "[redacted]";

    /// <summary>Of a text, in characters; what is over cannot be checked in bounded time and is cut.</summary>
    public const int MaxText = 32_768;

    // Of nested collections; what is deeper or further is not written.
    private const int MaxDepth = 4;
    private const int MaxItems = 100;

    // As it stands, in JSON in JSON, in an address.
    private const string Quote = """(\\*["']|\\+u002[27]|%(25)*2[27])""";
    private const string Space = @"(\s|%(25)*20)";

    // A text without any of these, and without '@', cannot match a pattern below: the check of most log lines ends here. (A single character among them would keep the search from being vectorised.)
    private static readonly SearchValues<string> Hints = SearchValues.Create(
        [.. SensitiveNames.Words, "key", "session", "card", "connection", "bearer", "basic ", "eyJ", SensitiveNames.SubjectsPath], StringComparison.OrdinalIgnoreCase);

    /// <summary>The value as it may be written under this name; the same instance when nothing had to be taken out.</summary>
    /// <remarks>A collection comes back as a copy: who made it may change it while the sinks read it.</remarks>
    public static object? Value(string name, object? value) => Value(name, value, taken: null);

    /// <param name="taken">Gets what was taken out.</param>
    internal static object? Value(string name, object? value, TakenOut? taken) => Value(name, value, taken, depth: 0);

    /// <summary>The text without what looks like a secret; the same instance when nothing had to be taken out.</summary>
    public static string Text(string text)
    {
        var bounded = text.Length <= MaxText ? text : $"{text.AsSpan(0, MaxText)}... ({text.Length} characters)";
        if (!bounded.Contains('@') && !bounded.AsSpan().ContainsAny(Hints))
        {
            return bounded;
        }

        try
        {
            bounded = WithoutPairs(bounded);
            bounded = Header().Replace(bounded, $"$1 {Mark}");
            bounded = UserInfo().Replace(bounded, $"://{Mark}@");
            bounded = Shape().Replace(bounded, Mark);
            bounded = Person().Replace(bounded, $"$1{Mark}");
            return bounded == text ? text : bounded;
        }
        catch (RegexMatchTimeoutException)
        {
            return $"{Mark} (a text of {text.Length} characters that could not be checked in time)";
        }
    }

    /// <summary>The text without the values of sensitive names. The value of another name may itself hold a pair, so the search goes on before it, not behind.</summary>
    private static string WithoutPairs(string text)
    {
        StringBuilder? clean = null;
        var copied = 0;
        for (var pair = Pair().Match(text); pair.Success;)
        {
            var value = pair.Groups["value"];
            if (!SensitiveNames.Contains(pair.Groups["name"].Value))
            {
                pair = Pair().Match(text, value.Index);
                continue;
            }

            clean = (clean ?? new StringBuilder(text.Length)).Append(text, copied, value.Index - copied).Append(Mark);
            copied = value.Index + value.Length;
            pair = Pair().Match(text, copied);
        }

        return clean is null ? text : clean.Append(text, copied, text.Length - copied).ToString();
    }

    private static object? Value(string name, object? value, TakenOut? taken, int depth)
    {
        if (value is string text)
        {
            var clean = SensitiveNames.Contains(name) || depth > MaxDepth ? Mark : Text(text);
            if (clean is Mark)
            {
                taken?.Add(text);
            }

            return clean;
        }

        if (value is null or bool or byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal
            or DateTime or DateTimeOffset or TimeSpan or DateOnly or TimeOnly or Guid or Enum)
        {
            if (value is null || !SensitiveNames.Contains(name))
            {
                return value;
            }

            taken?.Add(value);
            return Mark;
        }

        if (SensitiveNames.Contains(name) || depth > MaxDepth)
        {
            taken?.AddObject();
            return Mark;
        }

        return Nested(name, value, taken, depth);
    }

    /// <summary>By itself, because its closures would be made for every value.</summary>
    private static object Nested(string name, object value, TakenOut? taken, int depth)
    {
        if (SensitiveAttribute.Redacted(value, (property, held) => Value(property, held, taken, depth + 1)) is { } clean)
        {
            taken?.AddObject();
            return clean;
        }

        return value switch
        {
            IEnumerable list => Items(name, list, taken, depth),
            _ when NamedItem.Of(value) is { } item => Named([item], taken, depth),
            _ => Text(value.ToString() ?? ""),
        };
    }

    private static object Items(string name, IEnumerable list, TakenOut? taken, int depth)
    {
        var copy = list is Array { Length: <= MaxItems } array ? (Array)array.Clone() : list.Cast<object?>().Take(MaxItems + 1).ToArray();
        object?[] items = [.. copy.Cast<object?>().Take(MaxItems)];
        NamedItem?[] named = [.. items.Select(NamedItem.Of)];
        if (named is [not null, ..] && !named.Contains(null))
        {
            return Named(named!, taken, depth);
        }

        object?[] clean = [.. items.Select(each => Value(name, each, taken, depth + 1))];
        return copy.Length <= MaxItems && items.Zip(clean).All(pair => ReferenceEquals(pair.First, pair.Second)) ? copy : clean;
    }

    private static Dictionary<string, object?> Named(IEnumerable<NamedItem> items, TakenOut? taken, int depth)
    {
        var names = new UniqueNames();
        var clean = new Dictionary<string, object?>();
        foreach (var (name, value) in items)
        {
            var shown = Convert.ToString(Value("", name, taken, depth), CultureInfo.InvariantCulture) ?? "";
            clean.Add(names.Of(shown), Value(name as string ?? shown, value, taken, depth + 1));
        }

        return clean;
    }

    // The time-outs are long: a machine that is busy is not a text that is hostile.
    // Base64 may end in what looks like a name, and in '=' as many as there are; what comes behind an empty line is not its value.
    // "api_key": "x"   \"token\": \"x\" and \u0022token\u0022: \u0022x\u0022 (JSON in JSON: to the same quote). What has no certain end goes to the end of the line: Pwd = 'x'y'   password=x y (or to ';')   Cookie: a=b; c=d
    // ?next=%2Fx%3Ftoken%3Dx (an address in an address); and "credentials": {... to the end of the text.
    [GeneratedRegex(
        $$"""(?<name>[\w.\-]{2,64})(?<is>({{Quote}}|\\*){{Space}}*((:|%(25)*3A){{Space}}*|(?>(=|%(25)*3D)+)[^\S\n]*\n?[^\S\n]*)|{{Space}}+(?={{Quote}}))(?<value>(?<=(authorization|cookie)\\*["']?\s*[:=]\s*)(?!\\+["'u])[^\r\n"]+|[{\[](?s:.*)|"(?:[^"\\]|\\.|"")*"?|('|\\+u0027|%(25)*2[27])[^\r\n]*|(?<quote>\\+(["']|u0022))(?:(?!(?<!\\)\k<quote>).)*(\k<quote>)?|[^;\r\n]+)""",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pair();

    [GeneratedRegex(@"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=\-]{6,}", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Header();

    // https://user:p@ss /word@host: to the last @ of the line
    [GeneratedRegex(@"://[^\r\n""]+@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfo();

    // a JSON web token; a mail address
    [GeneratedRegex(@"\beyJ[\w\-]{4,}\.[\w\-]+(\.[\w\-]*)?|\b[\w.+\-]{1,64}@[\w\-]{1,63}(\.[\w\-]{2,63})+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shape();

    // /v1/subjects/passenger:Jane Doe; the route itself stays
    [GeneratedRegex($@"({SensitiveNames.SubjectsPath})(?!\{{\*\*id\}})[^\r\n""]+", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Person();
}
