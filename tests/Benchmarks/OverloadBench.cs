using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;

namespace MlAspire.Benchmarks;

/// <summary>More is offered than the model can do: it goes on at its peak, and what it refuses is counted.</summary>
internal sealed class OverloadBench(BenchSetting setting, ServerProcess service, BenchReport report)
{
    private const int Connections = 64; // more than the queue of 16 and the one run: the rest is refused

    public async Task RunAsync()
    {
        Console.Error.WriteLine("convnet, one instance, queue of 16: 2, 5 and 10 times its capacity, open loop");
        var request = Connection.Request(BenchModel.ConvnetBounded);
        WarmUp.Run(service, request, 4, setting);
        var rejectedBefore = await RejectedAsync();
        long rejected = 0;
        double[] factors = [2, 5, 10];
        var goodput = factors.Select(_ => new List<double>()).ToArray();
        var failed = 0;
        for (var round = 0; round < setting.Rounds; round++)
        {
            var peak = ClosedLoop.Run(service.Port, request, 4, setting.Slice).Rate;
            for (var i = 0; i < factors.Length; i++)
            {
                var load = OpenLoop.Run(service.Port, request, factors[i] * peak, Connections, setting.Slice * 2);
                goodput[i].Add(load.Rate / peak);
                rejected += load.Rejected;
                failed += load.Failed;
            }
        }

        for (var i = 0; i < factors.Length; i++)
        {
            report.Bars.Add(Bar.Least($"overload, {factors[i]} times capacity: goodput / peak", Rounds.Median(goodput[i]), 0.9));
        }

        report.Bars.Add(Bar.Most($"overload: rejects that the server has not counted, of {rejected}", Math.Abs(await RejectedAsync() - rejectedBefore - rejected) + (rejected == 0 ? double.NaN : 0), 0));
        report.Bars.Add(Bar.Most("overload: answers that are neither 200 nor a reject", failed, 0));
    }

    private async Task<long> RejectedAsync()
    {
        using var client = new HttpClient();
        var body = await client.GetFromJsonAsync<JsonNode>($"http://127.0.0.1:{service.Port}/v2/models/{BenchModel.ConvnetBounded.Name}/stats");
        return (long)body!["model_stats"]![0]!["inference_stats"]!["fail"]!["count"]!;
    }
}
