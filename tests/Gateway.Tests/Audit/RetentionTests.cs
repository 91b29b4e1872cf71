using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class RetentionTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings =
    [
        ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "predict,audit.read,admin"), ("Audit:SegmentBytes", "4096"), ("Audit:Retention", "1.00:00:00"),
    ];

    private readonly ManualTimeProvider time = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(time, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task What_is_older_than_the_retention_goes_and_the_log_says_so_and_stays_proven()
    {
        await FillAsync(segments: 3);
        var ended = Segment.In(gateway.AuditDirectory).SkipLast(1).ToArray();
        var old = (string)JsonNode.Parse((await gateway.AuditAsync())[0])!["prediction_id"]!;
        var kept = await SendAsync("/v1/audit/checkpoint");

        await EndRetentionAsync(ended);

        Assert.All(ended, segment => Assert.Contains("removed by retention", SendAsync($"/v1/audit/records/{segment.First + 1}").Result, StringComparison.Ordinal));
        Assert.Contains("removed by retention", await SendAsync($"/v1/predictions/{old}"), StringComparison.Ordinal);
        var stated = (await gateway.AuditAsync()).Where(record => record.Contains("\"segment_removed\"", StringComparison.Ordinal)).Select(record => (long)JsonNode.Parse(record)!["removed"]!["segment"]!).ToArray();
        Assert.Equal(stated.Distinct(), stated);
        Assert.Superset(ended.Select(segment => segment.First).ToHashSet(), stated.ToHashSet());
        await gateway.StopHostAsync();
        await File.WriteAllTextAsync(Path.Combine(gateway.AuditDirectory, "kept"), kept);
        var (code, text) = Verify("--checkpoint", Path.Combine(gateway.AuditDirectory, "kept"));
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"removed     0 to {ended[1].First - 1}, of before 2001-03-01 00:00:00Z: by retention, as record ", text, StringComparison.Ordinal);
        Assert.Contains("was removed by retention: that there was one is proven", Verify("--prediction", old).Text, StringComparison.Ordinal);
        await gateway.StartHostAsync(Settings);
        await gateway.PostAsync(RunningGateway.Request(1));
    }

    [Fact]
    public async Task When_thousands_are_removed_kept_records_and_old_checkpoints_are_proven_as_before()
    {
        for (var part = 0; part < 8; part++)
        {
            (await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Repeat(1.0, 1_000)]))).Response.EnsureSuccessStatusCode();
        }

        var old = Checkpoint.Parse(await SendAsync("/v1/audit/checkpoint"));
        await EndRetentionAsync([.. Segment.In(gateway.AuditDirectory).SkipLast(1)]);
        var (_, kept) = await gateway.PostAsync(RunningGateway.Request(1)); // an older one may go too, once the statements of what went have filled its segment
        var index = (long)kept["audit"]!["index"]!;
        await ProvenAsync(old, index);

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);
        await ProvenAsync(old, index);
    }

    [Fact]
    public async Task A_segment_that_could_not_be_removed_goes_as_soon_as_it_can()
    {
        await FillAsync(segments: 2);
        var ended = Segment.In(gateway.AuditDirectory).SkipLast(1).ToArray();
        var path = ended[0].LogPath;
        File.Move(path, path + ".away");
        Directory.CreateDirectory(path); // which is not deleted as a file
        time.Advance(TimeSpan.FromDays(1));
        await Eventually.TrueAsync("a failed removal", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return gateway.Host.Logs.Named("audit_segment_not_kept").Any();
        });

        Directory.Delete(path);
        File.Move(path + ".away", path);

        await EndRetentionAsync(ended);
    }

    [Fact]
    public async Task Changes_outlive_the_segment_that_they_were_recorded_in()
    {
        using var message = new HttpRequestMessage(HttpMethod.Put, "/v1/models/flight-delay/route") { Content = new StringContent("""{"aliases":{"champion":"2"}}""") };
        message.Headers.Add("x-api-key", Key);
        (await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await FillAsync(segments: 2);
        await EndRetentionAsync([.. Segment.In(gateway.AuditDirectory).SkipLast(1)]);

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        var (_, answer) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal("2", (string)answer["model"]!["version"]!);
        Assert.Contains("\"route_changed\"", await SendAsync("/v1/audit/records/1"), StringComparison.Ordinal);
        Assert.Contains("\"route_changed\"", await SendAsync("/v1/audit/records?event=route_changed"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("without a statement", "no record under a checkpoint says that the log removed them")]
    [InlineData("with its seal", "are lost: no segment has them")]
    [InlineData("with a forged statement", "no record under a checkpoint says that the log removed them")]
    public async Task A_segment_that_someone_else_removed_is_found(string attack, string says)
    {
        await FillAsync(segments: 3);
        var first = Segment.In(gateway.AuditDirectory)[0];
        await Eventually.TrueAsync("the seal", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return File.Exists(first.SealPath);
        });
        await gateway.StopHostAsync();
        Assert.Equal(ExitCode.Done, Verify().Code);
        using var key = CheckpointKey.FromPem(await File.ReadAllTextAsync(Path.Combine(gateway.AuditDirectory, "checkpoint.pub")));
        var seal = Seal.Open(first, new(key, "mlaspire/gateway")).Summary;

        File.Delete(first.LogPath);
        if (attack == "with its seal")
        {
            File.Delete(first.SealPath);
        }
        else if (attack == "with a forged statement")
        {
            // Whoever has not the key can append records, and no checkpoint over them.
            using var newest = new FileStream(Segment.In(gateway.AuditDirectory)[^1].LogPath, FileMode.Append);
            AuditLine.Write(newest, SegmentRemoved.Record(seal, time.GetUtcNow()));
        }

        var (code, text) = Verify();

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(says, text, StringComparison.Ordinal);
    }

    private async Task FillAsync(int segments)
    {
        while (Segment.In(gateway.AuditDirectory).Count < segments)
        {
            (await gateway.PostAsync(RunningGateway.Request(1, 2))).Response.EnsureSuccessStatusCode();
        }
    }

    private async Task EndRetentionAsync(IReadOnlyList<Segment> ended)
    {
        time.Advance(TimeSpan.FromDays(1));
        await Eventually.TrueAsync("the old segments to go", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ended.All(segment => !File.Exists(segment.LogPath));
        });
    }

    private async Task ProvenAsync(Checkpoint old, long kept)
    {
        using var key = CheckpointKey.FromPem(await SendAsync("/v1/audit/key"));
        SavedProof.Inclusion(await SendAsync($"/v1/audit/records/{kept}"), key);
        var now = Checkpoint.Open(await SendAsync("/v1/audit/checkpoint"), key);
        SavedProof.Consistency(await SendAsync($"/v1/audit/consistency?from=5000&to={old.Size}"), old with { Size = 5_000, Root = gateway.Host.Services.GetRequiredService<AuditLog>().RootAt(5_000) }, old);
        SavedProof.Consistency(await SendAsync($"/v1/audit/consistency?from={old.Size}&to={now.Size}"), old, now);
    }

    private (int Code, string Text) Verify(params string[] more)
    {
        var output = new StringWriter();
        var code = new AuditCommand(TextReader.Null, output, TextWriter.Null).Run(["verify", gateway.AuditDirectory, "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub"), .. more]);
        return (code, output.ToString());
    }

    private async Task<string> SendAsync(string path)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
