using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Jobs;

/// <summary>A command line, read: which job, and the settings its switches stand for.</summary>
/// <param name="Job">One of <see cref="Jobs"/>.</param>
/// <param name="Settings">Configuration keys and values.</param>
internal sealed record JobArguments(string Job, IReadOnlyDictionary<string, string?> Settings)
{
    public const string Train = "train";
    public const string Replay = "replay";
    public const string Freshness = "freshness";
    public const string Leaks = "leaks";

    private static readonly Dictionary<string, string> ForAll = new(StringComparer.Ordinal)
    {
        ["--data"] = "Flights:Directory",
        ["--file"] = "Flights:File",
    };

    private static readonly Dictionary<string, Dictionary<string, string>> Jobs = new(StringComparer.Ordinal)
    {
        [Train] = new(ForAll)
        {
            ["--models"] = "ModelRepository:Path",
            ["--version"] = "Train:Version",
            ["--from"] = "Train:From",
            ["--test-from"] = "Train:TestFrom",
            ["--min-auc"] = "Train:MinAuc",
            ["--trees"] = "Train:Boosting:Trees",
            ["--leaves"] = "Train:Boosting:Leaves",
            ["--learning-rate"] = "Train:Boosting:LearningRate",
        },
        [Replay] = new(ForAll)
        {
            ["--from"] = "Replay:From",
            ["--speed"] = "Replay:Speed",
            ["--limit"] = "Replay:Limit",
            ["--warm-up-days"] = "Replay:WarmUpDays",
            ["--predict-rate"] = "Replay:PredictRate",
        },
        [Freshness] = new(ForAll)
        {
            ["--models"] = "ModelRepository:Path",
            ["--auc-budget"] = "Freshness:AucBudget",
            ["--trees"] = "Train:Boosting:Trees",
        },
        [Leaks] = new(ForAll)
        {
            ["--known-at"] = "Leaks:KnownAt",
            ["--trees"] = "Train:Boosting:Trees",
        },
    };

    /// <summary>Reads <c>replay --speed 600 --from=2001-02-24T12:00:00Z</c>.</summary>
    /// <exception cref="ServiceError">InvalidArgument: no job, an unknown one, an unknown or repeated switch, or one without a value; the message lists what there is.</exception>
    public static JobArguments Parse(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || !Jobs.TryGetValue(args[0], out var switches))
        {
            var wrong = args.Count == 0 ? "No job is given" : $"There is no job '{args[0]}'";
            throw new ServiceError(ErrorCode.InvalidArgument, $"{wrong}: the first argument is one of {string.Join(", ", Jobs.Keys)}.");
        }
        var given = Arguments.Parse([.. args.Skip(1)], [], [.. switches.Keys]);
        return new JobArguments(args[0], switches.Where(each => given.Optional(each.Key) is not null).ToDictionary(each => each.Value, each => given.Optional(each.Key)));
    }
}
