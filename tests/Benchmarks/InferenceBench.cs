using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;

namespace MlAspire.Benchmarks;

/// <summary>The whole run: servers, rounds, bars.</summary>
internal sealed class InferenceBench(BenchSetting setting)
{
    private const int Many = 16;
    private readonly BenchReport report = new();
    private readonly string repository = Path.Combine(setting.Output, "models");

    /// <summary>What can be measured by itself: the start, a model against the others, batching, open loop and overload.</summary>
    public static IReadOnlyList<string> Rows { get; } = ["start", .. BenchModel.Compared.Select(model => model.Name), "batching", "open-loop", "overload"];

    /// <returns>True when every bar holds.</returns>
    public async Task<bool> RunAsync()
    {
        Directory.CreateDirectory(setting.Output);
        BenchModel.WriteAll(repository, setting.Models);
        using var collector = Collector.Start(setting);
        if (setting.Rows.Contains("start"))
        {
            MeasureStart(collector);
        }

        using var servers = Servers.Start(setting, repository, collector);
        foreach (var model in BenchModel.Compared.Where(model => setting.Rows.Contains(model.Name)))
        {
            Compare(servers, model);
        }

        if (setting.Rows.Contains("batching"))
        {
            await new BatchingBench(setting, repository, servers.Service, report).RunAsync();
        }

        if (setting.Rows.Contains("open-loop"))
        {
            MeasureOpenLoop(servers.Service);
        }

        if (setting.Rows.Contains("overload"))
        {
            await new OverloadBench(setting, servers.Service, report).RunAsync();
        }

        report.Write(Console.Out, Path.Combine(setting.Output, "inference.json"));
        return report.Holds;
    }

    private void MeasureStart(Collector collector)
    {
        Say("process start to the first answer");
        var starts = new List<double>();
        // The first one reads the files into the system's cache.
        for (var i = 0; i <= setting.Rounds; i++)
        {
            using var service = Servers.StartService(setting, FlightOnly(), collector);
            starts.Add(service.Started.TotalMilliseconds);
        }

        report.Bars.Add(Bar.Most("service start to its first answer", Rounds.Median(starts.Skip(1)), 250, " ms"));
    }

    private void Compare(Servers servers, BenchModel model)
    {
        Say($"{model.Name}: raw, floor, mlaspire, node");
        var request = Connection.Request(model);
        using var raw = new RawRun(repository, model);
        foreach (var server in (ServerProcess[])[servers.Floor, servers.Service, servers.Node])
        {
            WarmUp.Run(server, request, Many, setting);
        }

        var one = Rounds.Interleave(setting.Rounds, Compared(1));
        var many = Rounds.Interleave(setting.Rounds, Compared(Many));
        string[] names = ["raw", "floor", "mlaspire", "node"];
        for (var i = 0; i < names.Length; i++)
        {
            report.Figures.Add(Rounds.Figure(model.Name, names[i], i == 0 ? 0 : 1, one[i]));
        }

        for (var i = 1; i < names.Length; i++)
        {
            report.Figures.Add(Rounds.Figure(model.Name, names[i], Many, many[i]));
        }

        AddBars(model, one, many);

        Func<Measured>[] Compared(int connections) =>
        [
            () => raw.Loop(setting.Slice),
            () => ClosedLoop.Run(servers.Floor.Port, request, connections, setting.Slice),
            () => ClosedLoop.Run(servers.Service.Port, request, connections, setting.Slice),
            () => ClosedLoop.Run(servers.Node.Port, request, connections, setting.Slice),
        ];
    }

    private void AddBars(BenchModel model, Measured[][] one, Measured[][] many)
    {
        if (model == BenchModel.Tiny)
        {
            report.Bars.Add(Bar.Most("tiny-mlp, 1 connection: p50 / (empty POST + raw Run)", Ratio(round => one[2][round].Microseconds(0.5) / (one[1][round].Microseconds(0.5) + one[0][round].Microseconds(0.5))), 1.35));
            // The floor of a request is an empty POST and a Run; the Runs are spread over the cores.
            report.Bars.Add(Bar.Least("tiny-mlp, 16 connections: throughput / floor's", Ratio(round => many[2][round].Rate * ((1 / many[1][round].Rate) + (1 / (many[0][round].Rate * Environment.ProcessorCount)))), 0.55));
        }

        if (model == BenchModel.Large)
        {
            report.Bars.Add(Bar.Least("mlp-10mb unbatched, 16 connections: throughput / one core's raw rate", Ratio(round => many[2][round].Rate / many[0][round].Rate), 0.95));
        }

        report.Bars.Add(Bar.Least($"{model.Name}, 1 connection: Node's p50 / ours", Ratio(round => one[3][round].Microseconds(0.5) / one[2][round].Microseconds(0.5)), 1));
        report.Bars.Add(Bar.Least($"{model.Name}, 16 connections: throughput / Node's", Ratio(round => many[2][round].Rate / many[3][round].Rate), 1));
    }

    private void MeasureOpenLoop(ServerProcess service)
    {
        foreach (var model in (BenchModel[])[BenchModel.Tiny, BenchModel.Large, BenchModel.Convnet])
        {
            Say($"{model.Name}: 70 % of its capacity, open loop");
            var request = Connection.Request(model);
            var failures = 0;
            var ratios = new List<double>();
            for (var round = 0; round < setting.Rounds; round++)
            {
                var capacity = ClosedLoop.Run(service.Port, request, Many, setting.Slice).Rate;
                var load = OpenLoop.Run(service.Port, request, 0.7 * capacity, connections: 64, setting.Slice * 2);
                failures += load.Failed + load.Rejected;
                ratios.Add(load.Microseconds(0.99) / load.Microseconds(0.5));
            }

            report.Bars.Add(Bar.Most($"{model.Name}, 70 % load: p99 / p50", Rounds.Median(ratios), 4));
            report.Bars.Add(Bar.Most($"{model.Name}, 70 % load: requests not answered", failures, 0));
        }
    }

    private string FlightOnly()
    {
        var directory = Path.Combine(setting.Output, "start");
        BenchModel.WriteStart(directory, setting.Models);
        return directory;
    }

    private double Ratio(Func<int, double> ofRound) => Rounds.Median(Enumerable.Range(0, setting.Rounds).Select(ofRound));

    private static void Say(string what) => Console.Error.WriteLine(what);
}
