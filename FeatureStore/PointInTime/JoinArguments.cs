using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

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
          SPINE       CSV (or .csv.gz) with a heading: the service's entity columns and request inputs, event_time (ISO 8601 with its UTC offset), and others, which are passed through
          --out       .csv: the spine's rows with the features behind; .bin: event_time and features as numbers (docs/feature-log.md)
          --log       folder of a feature log; once for each replica; default the one of Offline__Directory, else .run/features
          --registry  feature definitions; default the shipped features.json
          --temp      folder for temporary files; default the system's
        exit codes: 0 written, 1 the spine is wrong (line and column are named), 2 wrong arguments, 3 a file cannot be read or written, or the log is damaged
        """;

    /// <exception cref="ServiceError">InvalidArgument: an argument is missing, unknown, or given twice.</exception>
    public static JoinArguments Parse(IReadOnlyList<string> args)
    {
        var given = Arguments.Parse(args, ["spine"], ["--service", "--out", "--registry", "--temp"], often: "--log");
        var output = given.Required("--out", "FILE");
        if (!JoinWriters.Has(output))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"--out must end in {JoinWriters.Endings}.");
        }
        IReadOnlyList<string> logs = given.All("--log") is { Count: > 0 } named ? named : [Environment.GetEnvironmentVariable("Offline__Directory") ?? ".run/features"];
        return new JoinArguments(given.Paths[0], given.Required("--service", "NAME"), output, logs, given.Optional("--registry") ?? RegistryFile.Shipped, given.Optional("--temp") ?? Path.GetTempPath());
    }
}
