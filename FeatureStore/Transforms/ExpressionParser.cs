using System.Globalization;

namespace MlAspire.FeatureStore.Transforms;

/// <summary>Text to expression: <c>clip(origin_mean - coalesce(route_mean, 0), -30, 180) / 60</c>.</summary>
/// <remarks>
/// From loose to tight: <c>||</c>, <c>&amp;&amp;</c>, <c>== !=</c>, <c>&lt; &lt;= &gt; &gt;=</c>, <c>+ -</c>, <c>* /</c>, one-place <c>! -</c>; numbers, names of inputs, and calls of <see cref="Function.All"/>,
/// <c>minute_of_day()</c> and <c>day_of_week()</c> (Monday = 1). Recursive descent; depth and length are bounded.
/// </remarks>
internal sealed class ExpressionParser
{
    public const int MaxCharacters = 1_000;
    private const int MaxDepth = 50;

    private static readonly string[][] Operators = [["||"], ["&&"], ["==", "!="], ["<=", ">=", "<", ">"], ["+", "-"], ["*", "/"]];

    private static readonly Dictionary<string, Clock> Clocks = new(StringComparer.Ordinal)
    {
        ["minute_of_day"] = new Clock(moment => moment.Hour * 60 + moment.Minute),
        ["day_of_week"] = new Clock(moment => moment.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)moment.DayOfWeek),
    };

    private readonly string text;
    private readonly IReadOnlyList<(string Name, ExpressionKind? Kind)> inputs;
    private int at;
    private int depth;

    private ExpressionParser(string text, IReadOnlyList<(string Name, ExpressionKind? Kind)> inputs) => (this.text, this.inputs) = (text, inputs);

    /// <param name="inputs">What names may stand for, by position; a null kind is no value of expressions.</param>
    /// <exception cref="FormatException">Says what is wrong, and at which character, from 1.</exception>
    public static Expression Parse(string text, IReadOnlyList<(string Name, ExpressionKind? Kind)> inputs)
    {
        if (text.Length > MaxCharacters)
        {
            throw new FormatException($"has more than {MaxCharacters} characters");
        }
        var parser = new ExpressionParser(text, inputs);
        var expression = parser.Binary(0);
        parser.SkipSpaces();
        return parser.at == text.Length ? expression : throw parser.Wrong("an operator or the end is expected");
    }

    private Expression Binary(int level)
    {
        if (level == Operators.Length)
        {
            return Unary();
        }
        var left = Binary(level + 1);
        while (Operators[level].FirstOrDefault(Take) is { } operation)
        {
            var start = at - operation.Length;
            left = CallOf(operation, [left, Binary(level + 1)], start);
        }
        return left;
    }

    private Expression Unary()
    {
        if (++depth > MaxDepth)
        {
            throw Wrong($"is nested deeper than {MaxDepth}");
        }
        var expression = Take("!") ? CallOf("!", [Unary()], at) : Take("-") ? CallOf("-", [Unary()], at) : Primary();
        depth--;
        return expression;
    }

    private Expression Primary()
    {
        if (Take("("))
        {
            var inner = Binary(0);
            Require(")");
            return inner;
        }
        SkipSpaces();
        if (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
        {
            return Number();
        }
        var (start, name) = (at, Name());
        return Take("(") ? CallOf(name, Arguments(), start) : InputOf(name, start);
    }

    private List<Expression> Arguments()
    {
        var arguments = new List<Expression>();
        if (Take(")"))
        {
            return arguments;
        }
        do { arguments.Add(Binary(0)); } while (Take(","));
        Require(")");
        return arguments;
    }

    private Expression CallOf(string name, List<Expression> arguments, int start)
    {
        if (arguments.Count == 0 && Clocks.TryGetValue(name, out var clock))
        {
            return clock;
        }
        var named = Function.All.Where(function => function.Name == name).ToList();
        if (named.Count == 0)
        {
            throw Wrong($"there is no function '{name}'", start);
        }
        return named.Find(function => function.Parameters.SequenceEqual(arguments.Select(argument => argument.Kind))) is { } fitting
            ? new Call(fitting, arguments)
            : throw Wrong($"'{name}' takes {string.Join(" or ", named.Select(function => Kinds(function.Parameters)))}, not {Kinds(arguments.Select(argument => argument.Kind))}", start);
    }

    private Input InputOf(string name, int start)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Name != name)
            {
                continue;
            }
            return inputs[i].Kind is { } kind ? new Input(i, kind) : throw Wrong($"'{name}' is neither a number nor a BOOL", start);
        }
        throw Wrong($"there is no feature '{name}' before it in the service", start);
    }

    private Constant Number()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '.' || (text[at] is '-' or '+' && text[at - 1] is 'e' or 'E')))
        {
            at++;
        }
        return double.TryParse(text.AsSpan(start, at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? new Constant(value)
            : throw Wrong("a number is expected");
    }

    private string Name()
    {
        SkipSpaces();
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }
        return at > start ? text[start..at] : throw Wrong("a value is expected");
    }

    private bool Take(string token)
    {
        SkipSpaces();
        if (string.CompareOrdinal(text, at, token, 0, token.Length) != 0)
        {
            return false;
        }
        at += token.Length;
        return true;
    }

    private void Require(string token)
    {
        if (!Take(token))
        {
            throw Wrong($"'{token}' is expected");
        }
    }

    private void SkipSpaces()
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    private FormatException Wrong(string message, int? where = null) => new($"character {(where ?? at) + 1}: {message}");

    private static string Kinds(IEnumerable<ExpressionKind> kinds) => $"({string.Join(", ", kinds.Select(kind => kind == ExpressionKind.Bool ? "BOOL" : "number"))})";
}
