namespace MlAspire.FeatureStore.Backfill;

/// <summary>A command line of <c>features backfill</c>, read.</summary>
/// <param name="File">CSV with the source's columns, gzip when it ends in .gz.</param>
/// <param name="Source">Name of the push source.</param>
/// <param name="Producer">Under which the rows are counted: row i of the file has offset i.</param>
/// <param name="Store">Address of the feature store.</param>
/// <param name="Quarantine">File for rows that the store refuses.</param>
/// <param name="Registry">The feature definitions.</param>
internal sealed record BackfillArguments(string File, string Source, string Producer, Uri Store, string Quarantine, string Registry)
{
    public const string Usage = """
        usage: features backfill FILE --source NAME --producer NAME [--store URL] [--quarantine FILE] [--registry FILE]
          FILE          CSV (or .csv.gz) with a heading: the source's event time and fields; others are left out
          --producer    counts the rows; run again with the same one, it goes on where it ended
          --store       default http://localhost:6566
          --quarantine  where rows go that the store refuses, with line and reason; default FILE.quarantine.csv
        exit codes: 0 every row is taken or in quarantine, 1 the file or too many rows are wrong, 2 wrong arguments, 3 a file cannot be read or written
        """;

    private static readonly string[] Options = ["--source", "--producer", "--store", "--quarantine", "--registry"];

    /// <exception cref="FormatException">An argument is missing, unknown, or given twice.</exception>
    public static BackfillArguments Parse(IReadOnlyList<string> args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) { files.Add(args[i]); }
            else if (!Options.Contains(args[i])) { throw new FormatException($"There is no option '{args[i]}'."); }
            else if (i + 1 == args.Count) { throw new FormatException($"The option {args[i]} needs a value."); }
            else if (!options.TryAdd(args[i], args[++i])) { throw new FormatException($"The option {args[i - 1]} is given twice."); }
        }
        if (files.Count != 1) { throw new FormatException(files.Count == 0 ? "The file is missing." : $"There is one file, and not {files.Count}."); }
        string Required(string option) => options.GetValueOrDefault(option) ?? throw new FormatException($"{option} NAME is missing.");
        var store = Uri.TryCreate(options.GetValueOrDefault("--store") ?? "http://localhost:6566", UriKind.Absolute, out var address) ? address : throw new FormatException("--store must be a URL.");
        return new BackfillArguments(files[0], Required("--source"), Required("--producer"), store, options.GetValueOrDefault("--quarantine") ?? $"{files[0]}.quarantine.csv",
            options.GetValueOrDefault("--registry") ?? Path.Combine(AppContext.BaseDirectory, "features.json"));
    }
}
