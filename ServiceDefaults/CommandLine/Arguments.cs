using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.CommandLine;

/// <summary>A command's arguments: paths, and options that each have a value, <c>--speed 600</c> or <c>--speed=600</c>.</summary>
public sealed class Arguments
{
    private readonly ILookup<string, string> options;

    private Arguments(IReadOnlyList<string> paths, ILookup<string, string> options) => (Paths, this.options) = (paths, options);

    /// <summary>The arguments without a name, in their order.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <param name="args">As they were given.</param>
    /// <param name="paths">What each argument without a name is, for an error: <c>spine</c>.</param>
    /// <param name="once">Options that may be there once.</param>
    /// <param name="often">Options that may be there more than once.</param>
    /// <exception cref="ServiceError">InvalidArgument: an argument is missing, unknown, without its value, or given twice.</exception>
    public static Arguments Parse(IReadOnlyList<string> args, string[] paths, string[] once, params string[] often)
    {
        var (given, options) = (new List<string>(), new List<(string Name, string Value)>());
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                given.Add(given.Count < paths.Length ? args[i] : throw Wrong($"'{args[i]}' is one too many."));
                continue;
            }
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], i + 1 < args.Count ? args[++i] : "");
            if (!once.Contains(name) && !often.Contains(name))
            {
                throw Wrong($"There is no option '{name}'; there are {string.Join(", ", once.Concat(often))}.");
            }
            if (value.Length == 0 || value.StartsWith("--", StringComparison.Ordinal))
            {
                throw Wrong($"The option {name} needs a value.");
            }
            if (once.Contains(name) && options.Exists(option => option.Name == name))
            {
                throw Wrong($"The option {name} is given twice.");
            }
            options.Add((name, value));
        }
        return given.Count == paths.Length ? new(given, options.ToLookup(option => option.Name, option => option.Value)) : throw Wrong($"The {paths[given.Count]} is missing.");
    }

    public string? Optional(string option) => options[option].FirstOrDefault();

    /// <param name="option">Its name.</param>
    /// <param name="value">What its value is, for the error: <c>NAME</c>.</param>
    /// <exception cref="ServiceError">InvalidArgument: it is not there.</exception>
    public string Required(string option, string value) => Optional(option) ?? throw Wrong($"{option} {value} is missing.");

    /// <summary>Its values in their order; empty when it is not there.</summary>
    public IReadOnlyList<string> All(string option) => [.. options[option]];

    private static ServiceError Wrong(string message) => new(ErrorCode.InvalidArgument, message);
}
