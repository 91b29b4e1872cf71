namespace MlAspire.Gateway.Audit.Verification;

/// <summary>What <c>audit</c> is asked to do.</summary>
/// <param name="Verb">One of <see cref="Usage"/>.</param>
/// <param name="Paths">Those without a name, in order.</param>
internal sealed record AuditArguments(string Verb, IReadOnlyList<string> Paths)
{
    public const string Usage = """
        usage: audit verify DIR --key KEY [--checkpoint FILE]... [--witness KEY] [--prediction ID]
                 the whole log in DIR (audit-*.log) against its checkpoint, and against others that were kept;
                 with --witness each of the others must be signed by the witness too, and only what they cover counts
               audit inclusion ANSWER --key KEY
                 one record: a kept answer of /v1/audit/records/{index}, without the log
               audit bundle FILE --key KEY
                 a kept answer of /v1/audit/export, without the log; prints its records
               audit consistency OLDER NEWER --proof ANSWER --key KEY
                 two kept checkpoints and the kept answer of /v1/audit/consistency between their sizes
        KEY: the log's key in PEM, kept from GET /v1/audit/key before it was needed; the witness's from GET /v1/witness/key. A file may be - for standard input.
        exit code: 0 proven, 1 not so (the reason is printed), 2 wrong arguments, 3 a file cannot be read
        """;

    private static readonly Dictionary<string, int> PathsOf = new() { ["verify"] = 1, ["inclusion"] = 1, ["bundle"] = 1, ["consistency"] = 2 };

    /// <summary>File of the key; required.</summary>
    public required string Key { get; init; }

    /// <summary>Files of further checkpoints; only <c>verify</c>.</summary>
    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    /// <summary>File of the witness's key; only <c>verify</c>.</summary>
    public string? Witness { get; init; }

    /// <summary>The id of the prediction that is looked for; only <c>verify</c>.</summary>
    public string? Prediction { get; init; }

    /// <summary>File of the proof; only <c>consistency</c>, and required there.</summary>
    public string? Proof { get; init; }

    /// <exception cref="FormatException">They are wrong; the message says how.</exception>
    public static AuditArguments Parse(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || !PathsOf.TryGetValue(args[0], out var paths))
        {
            throw new FormatException(args.Count == 0 ? "What is to be done is missing." : $"'{args[0]}' is none of {string.Join(", ", PathsOf.Keys)}.");
        }

        var (verb, rest, options) = (args[0], args.Skip(1).TakeWhile(arg => !IsOption(arg)).ToArray(), OptionsOf(args));
        var allowed = verb switch { "verify" => (string[])["--key", "--checkpoint", "--witness", "--prediction"], "consistency" => ["--key", "--proof"], _ => ["--key"] };
        if (options.Select(option => option.Name).Except(allowed).FirstOrDefault() is { } unknown)
        {
            throw new FormatException($"{verb} knows no '{unknown}'.");
        }

        return rest.Length != paths ? throw new FormatException($"{verb} takes {paths} path{(paths == 1 ? "" : "s")} before its options.")
            : new(verb, rest)
            {
                Key = One("--key") ?? throw new FormatException("--key is missing."),
                Checkpoints = [.. options.Where(option => option.Name == "--checkpoint").Select(option => option.Value)],
                Witness = One("--witness") is not { } witness || options.Any(option => option.Name == "--checkpoint") ? One("--witness")
                    : throw new FormatException($"--witness {witness} needs a --checkpoint that the witness signed (GET /v1/witness/checkpoint)."),
                Prediction = One("--prediction"),
                Proof = One("--proof") ?? (verb == "consistency" ? throw new FormatException("--proof is missing.") : null),
            };

        string? One(string name) => options.Where(option => option.Name == name).Select(option => option.Value).ToArray() switch
        {
            [] => null,
            [var value] => value,
            _ => throw new FormatException($"{name} is there more than once."),
        };
    }

    private static List<(string Name, string Value)> OptionsOf(IReadOnlyList<string> args)
    {
        List<(string, string)> options = [];
        var at = 1;
        while (at < args.Count && !IsOption(args[at]))
        {
            at++;
        }

        for (; at < args.Count; at += 2)
        {
            options.Add(IsOption(args[at]) && at + 1 < args.Count ? (args[at], args[at + 1]) : throw new FormatException($"'{args[at]}' is not understood here."));
        }

        return options;
    }

    private static bool IsOption(string arg) => arg.StartsWith("--", StringComparison.Ordinal);
}
