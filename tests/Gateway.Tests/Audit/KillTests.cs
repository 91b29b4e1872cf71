using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary><c>AUDIT_KILLS</c> says how many times (default 20).</summary>
public sealed class KillTests
{
    [Fact]
    public async Task No_answered_prediction_is_missing_after_kill_9_under_load()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        (string, string)[] segments = [("Audit:SegmentBytes", "16384")]; // so that segments end and are sealed amid the load
        var kills = int.Parse(Environment.GetEnvironmentVariable("AUDIT_KILLS") ?? "20", CultureInfo.InvariantCulture);
        var answered = new ConcurrentBag<(string Id, long Index)>();

        for (var round = 0; round < kills; round++)
        {
            await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, .. segments]);
            var before = answered.Count;
            var load = Enumerable.Range(0, 8).Select(_ => AskUntilItDiesAsync(process.Client, answered)).ToArray();
            await Eventually.TrueAsync("20 answers", () => answered.Count >= before + 20, TimeSpan.FromSeconds(60));
            await process.KillAsync();
            await Task.WhenAll(load).WithinAsync("the load to notice");
        }

        await gateway.StartHostAsync(segments); // opens the log: the newest segment and all seals are checked, and the last checkpoint
        var records = WrittenAudit.Records(gateway.AuditDirectory).Select(record => (string?)JsonNode.Parse(record)!["prediction_id"]).ToArray();
        Assert.All(answered, prediction => Assert.Equal(prediction.Id, records[prediction.Index]));
        Assert.InRange(answered.Count, 20 * kills, records.Length);
        await gateway.StopHostAsync(); // signs a checkpoint over all
        using var output = new StringWriter();
        var verified = new AuditCommand(TextReader.Null, output, output).Run(["verify", gateway.AuditDirectory, "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")]);
        Assert.True(verified == ExitCode.Done, output.ToString()); // every record was read
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
