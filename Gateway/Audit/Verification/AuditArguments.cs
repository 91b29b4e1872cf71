using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

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
               audit rotate DIR --key-file OLD --new NEW
                 signs the log in DIR again by the private key in NEW, made when it is missing, in place of that in OLD; its gateway must be stopped
        KEY: the log's key in PEM, kept from GET /v1/audit/key before it was needed; the witness's from GET /v1/witness/key. A file may be - for standard input.
        exit code: 0 proven, 1 not so (the reason is printed), 2 wrong arguments, 3 a file cannot be read
        """;

    private static readonly Dictionary<string, (string[] Paths, string[] Options)> Verbs = new()
    {
        ["verify"] = (["directory"], ["--key", "--witness", "--prediction"]), ["inclusion"] = (["answer"], ["--key"]), ["bundle"] = (["file"], ["--key"]), ["consistency"] = (["older checkpoint", "newer checkpoint"], ["--key", "--proof"]), ["rotate"] = (["directory"], ["--key-file", "--new"]),
    };

    /// <summary>File of the key; required.</summary>
    public required string Key { get; init; }

    /// <summary>File of the key that is to sign from now on; only <c>rotate</c>, and required there.</summary>
    public string? New { get; init; }

    /// <summary>Files of further checkpoints; only <c>verify</c>.</summary>
    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    /// <summary>File of the witness's key; only <c>verify</c>.</summary>
    public string? Witness { get; init; }

    /// <summary>The id of the prediction that is looked for; only <c>verify</c>.</summary>
    public string? Prediction { get; init; }

    /// <summary>File of the proof; only <c>consistency</c>, and required there.</summary>
    public string? Proof { get; init; }

    /// <exception cref="ServiceError">InvalidArgument: they are wrong; the message says how.</exception>
    public static AuditArguments Parse(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || !Verbs.TryGetValue(args[0], out var verb))
        {
            throw Wrong(args.Count == 0 ? "What is to be done is missing." : $"'{args[0]}' is none of {string.Join(", ", Verbs.Keys)}.");
        }

        var given = Arguments.Parse([.. args.Skip(1)], verb.Paths, verb.Options, args[0] == "verify" ? ["--checkpoint"] : []);
        var arguments = new AuditArguments(args[0], given.Paths)
        {
            Key = args[0] == "rotate" ? given.Required("--key-file", "OLD") : given.Required("--key", "KEY"),
            New = args[0] == "rotate" ? given.Required("--new", "NEW") : null,
            Checkpoints = given.All("--checkpoint"),
            Witness = given.Optional("--witness"),
            Prediction = given.Optional("--prediction"),
            Proof = args[0] == "consistency" ? given.Required("--proof", "ANSWER") : null,
        };
        return arguments.Witness is null || arguments.Checkpoints.Count > 0 ? arguments
            : throw Wrong($"--witness {arguments.Witness} needs a --checkpoint that the witness signed (GET /v1/witness/checkpoint).");
    }

    private static ServiceError Wrong(string message) => new(ErrorCode.InvalidArgument, message);
}
