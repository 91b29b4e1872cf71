namespace MlAspire.FeatureStore.CommandLine;

/// <summary>A command's arguments: one file, and options that each have a value.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> options = new(StringComparer.Ordinal);

    private Arguments(string file) => File = file;

    /// <summary>The one argument without a name.</summary>
    public string File { get; }

    /// <param name="args">As they were given.</param>
    /// <param name="file">What the file is called in an error: <c>spine</c>.</param>
    /// <param name="once">Options that may be there once.</param>
    /// <param name="often">Options that may be there more than once.</param>
    /// <exception cref="FormatException">An argument is missing, unknown, or given twice.</exception>
    public static Arguments Parse(IReadOnlyList<string> args, string file, IReadOnlyList<string> once, IReadOnlyList<string> often)
    {
        var files = new List<string>();
        var given = new List<(string Name, string Value)>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) { files.Add(args[i]); }
            else if (!once.Contains(args[i]) && !often.Contains(args[i])) { throw new FormatException($"There is no option '{args[i]}'."); }
            else if (i + 1 == args.Count) { throw new FormatException($"The option {args[i]} needs a value."); }
            else { given.Add((args[i], args[++i])); }
        }

        if (files.Count != 1) { throw new FormatException(files.Count == 0 ? $"The {file} is missing." : $"There is one {file}, and not {files.Count}."); }
        var arguments = new Arguments(files[0]);
        foreach (var option in given.GroupBy(each => each.Name, each => each.Value))
        {
            arguments.options[option.Key] = option.Count() == 1 || often.Contains(option.Key) ? [.. option] : throw new FormatException($"The option {option.Key} is given twice.");
        }

        return arguments;
    }

    public string? Optional(string option) => All(option) is [var value, ..] ? value : null;

    /// <param name="option">Its name.</param>
    /// <param name="value">What its value is, for the error: <c>NAME</c>.</param>
    /// <exception cref="FormatException">It is not there.</exception>
    public string Required(string option, string value) => Optional(option) ?? throw new FormatException($"{option} {value} is missing.");

    /// <summary>Its values in their order; empty when it is not there.</summary>
    public IReadOnlyList<string> All(string option) => options.GetValueOrDefault(option, []);
}
