using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Backfill;

/// <summary>A command line of <c>features backfill</c>, read.</summary>
/// <param name="File">CSV with the source's columns, gzip when it ends in .gz.</param>
/// <param name="Source">Name of the push source.</param>
/// <param name="Producer">Under which the rows are counted: row i of the file has offset i.</param>
/// <param name="Store">Address of the feature store.</param>
/// <param name="Quarantine">File for rows that the store refuses.</param>
/// <param name="Registry">The feature definitions.</param>
/// <param name="Key">What the store wants of who writes (its <c>Access__Keys</c>); null = nothing. From the environment, for a command line is seen by everybody on the machine.</param>
internal sealed record BackfillArguments(string File, string Source, string Producer, Uri Store, string Quarantine, string Registry, string? Key)
{
    private const string KeyVariable = "Backfill__FeatureStoreKey";

    public const string Usage = """
        usage: features backfill FILE --source NAME --producer NAME [--store URL] [--quarantine FILE] [--registry FILE]
          FILE          CSV (or .csv.gz) with a heading: the source's event time and fields; others are left out
          --producer    counts the rows; run again with the same one, it goes on where it ended
          --store       default http://localhost:6566
          --quarantine  where rows go that the store refuses, with line and reason; default FILE.quarantine.csv
          Backfill__FeatureStoreKey   in the environment: the API key, for a store that has some (its Access__Keys)
        exit codes: 0 every row is taken or in quarantine, 1 the file or too many rows are wrong, or the store refuses them,
          2 wrong arguments, 3 a file cannot be read or written, 4 the store has a defect (500), or another answers in its place
        """;

    /// <exception cref="ServiceError">InvalidArgument: an argument is missing, unknown, or given twice.</exception>
    public static BackfillArguments Parse(IReadOnlyList<string> args)
    {
        var given = Arguments.Parse(args, ["file"], ["--source", "--producer", "--store", "--quarantine", "--registry"]);
        var (source, producer) = (given.Required("--source", "NAME"), given.Required("--producer", "NAME"));
        var store = Uri.TryCreate(given.Optional("--store") ?? "http://localhost:6566", UriKind.Absolute, out var address) ? address : throw new ServiceError(ErrorCode.InvalidArgument, "--store must be a URL.");
        return new BackfillArguments(given.Paths[0], source, producer, store, given.Optional("--quarantine") ?? $"{given.Paths[0]}.quarantine.csv", given.Optional("--registry") ?? RegistryFile.Shipped, KeyOf(Environment.GetEnvironmentVariable(KeyVariable)));
    }

    private static string? KeyOf(string? given) =>
        string.IsNullOrEmpty(given) ? null
        : given.Length <= ApiKey.LongestCharacters && !given.AsSpan().ContainsAnyExceptInRange(' ', '~') ? given
        : throw new ServiceError(ErrorCode.InvalidArgument, $"{KeyVariable} must be printable ASCII, at most {ApiKey.LongestCharacters} characters.");
}
