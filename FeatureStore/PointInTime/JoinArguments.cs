namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A command line of <c>features join</c>, read.</summary>
/// <param name="Spine">CSV file, gzip when it ends in .gz.</param>
/// <param name="Service">Name of the feature service; its newest version.</param>
/// <param name="Out">File to write; its end says the form.</param>
/// <param name="Logs">Folders of feature logs, one of each replica.</param>
/// <param name="Registry">The feature definitions.</param>
/// <param name="Temp">Folder for temporary files.</param>
internal sealed record JoinArguments(string Spine, string Service, string Out, IReadOnlyList<string> Logs, string Registry, string Temp)
{
    public const string Usage = """
        usage: features join SPINE --service NAME --out FILE [--log DIR]... [--registry FILE] [--temp DIR]
          SPINE       CSV (or .csv.gz) with a heading: the service's entity columns, event_time (ISO 8601 with its UTC offset), and others, which are passed through
          --out       .csv: the spine's rows with the features behind; .bin: event_time and features as numbers (docs/feature-log.md)
          --log       folder of a feature log; once for each replica; default .run/features
          --registry  feature definitions; default the shipped features.json
          --temp      folder for temporary files; default the system's
        exit codes: 0 written, 1 the spine is wrong (line and column are named), 2 wrong arguments, 3 a file cannot be read or written, or the log is damaged
        """;

    /// <exception cref="FormatException">An argument is missing, unknown, or given twice.</exception>
    public static JoinArguments Parse(IReadOnlyList<string> args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var (spines, logs) = (new List<string>(), new List<string>());
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) { spines.Add(args[i]); }
            else if (args[i] is not ("--service" or "--out" or "--log" or "--registry" or "--temp")) { throw new FormatException($"There is no option '{args[i]}'."); }
            else if (i + 1 == args.Count) { throw new FormatException($"The option {args[i]} needs a value."); }
            else if (args[i] == "--log") { logs.Add(args[++i]); }
            else if (!options.TryAdd(args[i], args[++i])) { throw new FormatException($"The option {args[i - 1]} is given twice."); }
        }
        if (spines.Count != 1) { throw new FormatException(spines.Count == 0 ? "The spine is missing." : $"There is one spine, and not {spines.Count}."); }
        var output = options.GetValueOrDefault("--out") ?? throw new FormatException("--out FILE is missing.");
        if (!JoinWriters.Has(output)) { throw new FormatException($"--out must end in {JoinWriters.Endings}."); }
        return new JoinArguments(spines[0], options.GetValueOrDefault("--service") ?? throw new FormatException("--service NAME is missing."), output, logs.Count > 0 ? logs : [".run/features"],
            options.GetValueOrDefault("--registry") ?? Path.Combine(AppContext.BaseDirectory, "features.json"), options.GetValueOrDefault("--temp") ?? Path.GetTempPath());
    }
}
