using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class KillTests
{
    [Fact]
    public async Task No_answered_prediction_is_missing_after_kill_9_under_load()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        var answered = new ConcurrentBag<(string Id, long Index)>();

        for (var round = 0; round < 3; round++)
        {
            await using var process = await GatewayProcess.StartAsync(gateway.Settings);
            var before = answered.Count;
            var load = Enumerable.Range(0, 8).Select(_ => AskUntilItDiesAsync(process.Client, answered)).ToArray();
            await Eventually.TrueAsync("40 answers", () => answered.Count >= before + 40, TimeSpan.FromSeconds(60));
            await process.KillAsync();
            await Task.WhenAll(load).WithinAsync("the load to notice");
        }

        await gateway.StartHostAsync(); // opens the log: every record is checked, and against the last checkpoint
        var records = (await gateway.AuditAsync()).Select(record => (string)JsonNode.Parse(record)!["prediction_id"]!).ToArray();
        Assert.All(answered, prediction => Assert.Equal(prediction.Id, records[prediction.Index]));
        Assert.InRange(answered.Count, 120, records.Length);
    }

    private static async Task AskUntilItDiesAsync(HttpClient client, ConcurrentBag<(string, long)> answered)
    {
        try
        {
            while (true)
            {
                var (response, body) = await RunningGateway.PostAsync(client, RunningGateway.Request(1));
                if (response.IsSuccessStatusCode)
                {
                    answered.Add(((string)body["predictions"]![0]!["prediction_id"]!, (long)body["audit"]!["index"]!));
                }
            }
        }
        catch (HttpRequestException)
        {
            // It was killed.
        }
    }
}
