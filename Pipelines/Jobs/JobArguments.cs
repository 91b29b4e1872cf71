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
            var given = args.Count == 0 ? "No job is given" : $"There is no job '{args[0]}'";
            throw Wrong($"{given}: the first argument is one of {string.Join(", ", Jobs.Keys)}.");
        }
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var i = 1; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], i + 1 < args.Count ? args[++i] : null);
            if (!switches.TryGetValue(name, out var key))
            {
                throw Wrong($"{args[0]} has no option '{name}'; it has {string.Join(", ", switches.Keys)}.");
            }
            if (string.IsNullOrEmpty(value) || value.StartsWith("--", StringComparison.Ordinal))
            {
                throw Wrong($"The option {name} needs a value: {name} VALUE.");
            }
            if (!settings.TryAdd(key, value))
            {
                throw Wrong($"The option {name} is given twice.");
            }
        }
        return new JobArguments(args[0], settings);
    }

    private static ServiceError Wrong(string message) => new(ErrorCode.InvalidArgument, message);
}
