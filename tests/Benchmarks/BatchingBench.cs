using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;

namespace MlAspire.Benchmarks;

/// <summary>What batching gains under load and costs without.</summary>
internal sealed class BatchingBench(BenchSetting setting, string repository, ServerProcess service, BenchReport report)
{
    private const int Connections = 32;

    public async Task RunAsync()
    {
        await MeasureLoadAsync();
        MeasureIdle();
    }

    private async Task MeasureLoadAsync()
    {
        Console.Error.WriteLine("mlp-10mb, one instance: batched and alone");
        var batched = Connection.Request(BenchModel.LargeBatched);
        var alone = Connection.Request(BenchModel.LargeAlone);
        WarmUp.Run(service, batched, Connections, setting);
        WarmUp.Run(service, alone, Connections, setting);
        var before = await CountsAsync();
        var rounds = Rounds.Interleave(
            setting.Rounds,
            () => ClosedLoop.Run(service.Port, batched, Connections, setting.Slice * 2),
            () => ClosedLoop.Run(service.Port, alone, Connections, setting.Slice * 2));
        var after = await CountsAsync();
        var formed = (after.Rows - before.Rows) / (double)(after.Runs - before.Runs);
        var ceiling = Ceiling((int)Math.Round(formed));
        report.Figures.Add(Rounds.Figure("mlp-10mb-batched", "mlaspire", Connections, rounds[0]));
        report.Figures.Add(Rounds.Figure("mlp-10mb-alone", "mlaspire", Connections, rounds[1]));
        report.Bars.Add(Bar.Least($"batching, {Connections} connections: throughput / raw ceiling at the batch formed ({formed:0.0} rows)", Rounds.Median(rounds[0].Select(round => round.Rate)) / ceiling, 0.6));
        report.Bars.Add(Bar.Most("batching: p99 / p99 unbatched", Rounds.Median(rounds[0].Zip(rounds[1], (with, without) => with.Microseconds(0.99) / without.Microseconds(0.99))), 1));
    }

    /// <returns>Rows a second of ONNX Runtime by itself on one core.</returns>
    private double Ceiling(int rows)
    {
        using var raw = new RawRun(repository, BenchModel.Large, rows);
        var rounds = Rounds.Interleave(setting.Rounds, () => raw.Loop(setting.Slice));
        report.Figures.Add(Rounds.Figure($"mlp-10mb x {rows}", "raw", 0, rounds[0]));
        return rows * Rounds.Median(rounds[0].Select(round => round.Rate));
    }

    private void MeasureIdle()
    {
        Console.Error.WriteLine("tiny-mlp, idle: with and without batching");
        var batched = Connection.Request(BenchModel.TinyBatched);
        var alone = Connection.Request(BenchModel.Tiny);
        WarmUp.Run(service, batched, 1, setting);
        WarmUp.Run(service, alone, 1, setting);
        // More rounds than elsewhere: a difference of microseconds is looked for, and the machine's own changes from one slice to the next are larger.
        var rounds = Rounds.Interleave(
            5 * setting.Rounds,
            () => ClosedLoop.Run(service.Port, batched, 1, setting.Slice),
            () => ClosedLoop.Run(service.Port, alone, 1, setting.Slice));
        report.Bars.Add(Bar.Most("batching, idle: p50 more than unbatched", Rounds.Median(rounds[0].Zip(rounds[1], (with, without) => with.Microseconds(0.5) - without.Microseconds(0.5))), 5, " us"));
    }

    private async Task<(long Rows, long Runs)> CountsAsync()
    {
        using var client = new HttpClient();
        var body = await client.GetFromJsonAsync<JsonNode>($"http://127.0.0.1:{service.Port}/v2/models/{BenchModel.LargeBatched.Name}/stats");
        var statistics = body!["model_stats"]![0]!;
        return ((long)statistics["inference_count"]!, (long)statistics["execution_count"]!);
    }
}
