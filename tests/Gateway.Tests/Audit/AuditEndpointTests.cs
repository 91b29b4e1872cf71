using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class AuditEndpointTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_prediction_can_be_proven_with_the_public_key_alone()
    {
        await gateway.PostAsync(RunningGateway.Request(1, 2, 3));
        var (_, answer) = await gateway.PostAsync(RunningGateway.Request(4));
        await gateway.PostAsync(RunningGateway.Request(5));
        using var key = CheckpointKey.FromPem(await GetAsync("/v1/audit/key"));

        var proven = JsonNode.Parse(await GetAsync($"/v1/audit/records/{(long)answer["audit"]!["index"]!}"))!;

        var checkpoint = Checkpoint.Open((string)proven["checkpoint"]!, key);
        var bytes = Convert.FromBase64String((string)proven["bytes"]!);
        var proof = proven["proof"]!.AsArray().Select(hash => Convert.FromBase64String((string)hash!)).ToArray();
        Assert.Equal((5, 6, 7), ((long)answer["audit"]!["index"]!, (long)answer["audit"]!["tree_size"]!, checkpoint.Size));
        Assert.True(MerkleProof.Includes(MerkleHash.OfLeaf(bytes), 5, checkpoint.Size, proof, checkpoint.Root));
        Assert.Equal((string)answer["predictions"]![0]!["prediction_id"]!, (string)JsonNode.Parse(bytes)!["prediction_id"]!);
        Assert.Equal((string)answer["predictions"]![0]!["prediction_id"]!, (string)proven["record"]!["prediction_id"]!);
    }

    [Fact]
    public async Task An_answer_has_the_newest_checkpoint_for_who_keeps_it()
    {
        var kept = await Eventually.ValueAsync("an answer with a checkpoint", async () =>
            (await gateway.PostAsync(RunningGateway.Request(1))).Response.Headers.TryGetValues("x-audit-checkpoint", out var header) ? header.Single() : null);
        using var key = CheckpointKey.FromPem(await GetAsync("/v1/audit/key"));

        var checkpoint = Checkpoint.Open(Encoding.UTF8.GetString(Convert.FromBase64String(kept)), key);

        Assert.InRange(checkpoint.Size, 1, Checkpoint.Parse(await GetAsync("/v1/audit/checkpoint")).Size);
        Assert.Equal(gateway.Host.Services.GetRequiredService<AuditLog>().RootAt(checkpoint.Size), checkpoint.Root);
    }

    [Fact]
    public async Task The_newest_checkpoint_is_copied_to_Redis()
    {
        await gateway.PostAsync(RunningGateway.Request(1));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Redis.ConnectionString);
        var log = gateway.Host.Services.GetRequiredService<AuditLog>();
        using var key = CheckpointKey.FromPem(await GetAsync("/v1/audit/key"));

        await Eventually.TrueAsync("the checkpoint of all records", async () =>
            (string?)await redis.GetDatabase().StringGetAsync($"mlaspire:audit:checkpoint:{log.Origin}") is { } note && Checkpoint.Open(note, key) is var copy && copy.Size == log.Count && copy.Root.SequenceEqual(log.RootAt(copy.Size)));
    }

    [Fact]
    public async Task Each_checkpoint_is_a_log_line_and_the_verifier_takes_it_from_there()
    {
        await gateway.PostAsync(RunningGateway.Request(1));
        var line = await Eventually.ValueAsync("a checkpoint among the lines", () => Task.FromResult(gateway.Log.Lines().LastOrDefault(line => line.Contains("\"checkpoint_signed\"", StringComparison.Ordinal))));
        var key = Path.Combine(gateway.AuditDirectory, "public.pem");
        await File.WriteAllTextAsync(key, await GetAsync("/v1/audit/key"));
        using var output = new StringWriter();

        var code = new AuditCommand(new StringReader((string)JsonNode.Parse(line)!["checkpoint"]!), output, output).Run(["verify", gateway.AuditDirectory, "--key", key, "--checkpoint", "-"]);

        Assert.True(code == ExitCode.Done, output.ToString());
        Assert.Contains("checkpoint  -: ", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(LogSchema.ProblemsOf(line));
        Assert.InRange(line.Length, 500, 1_000);
    }

    [Fact]
    public async Task A_later_checkpoint_is_shown_to_continue_an_earlier_one()
    {
        using var key = CheckpointKey.FromPem(await GetAsync("/v1/audit/key"));
        await gateway.PostAsync(RunningGateway.Request(1, 2, 3));
        var before = Checkpoint.Open(await GetAsync("/v1/audit/checkpoint"), key);
        await gateway.PostAsync(RunningGateway.Request(4, 5));
        var after = Checkpoint.Open(await GetAsync("/v1/audit/checkpoint"), key);

        var answer = JsonNode.Parse(await GetAsync($"/v1/audit/consistency?from={before.Size}&to={after.Size}"))!;

        Assert.Equal((5, 7), (before.Size, after.Size));
        Assert.True(MerkleProof.Extends(before.Size, before.Root, after.Size, after.Root, [.. answer["proof"]!.AsArray().Select(hash => Convert.FromBase64String((string)hash!))]));
    }

    [Theory]
    [InlineData("/v1/audit/records/1", HttpStatusCode.NotFound)]
    [InlineData("/v1/audit/records/-1", HttpStatusCode.NotFound)]
    [InlineData("/v1/audit/consistency?from=0&to=2", HttpStatusCode.BadRequest)]
    [InlineData("/v1/audit/consistency?from=1&to=0", HttpStatusCode.BadRequest)]
    [InlineData("/v1/audit/consistency", HttpStatusCode.BadRequest)]
    public async Task What_is_not_there_is_said_to_be_so(string path, HttpStatusCode status)
    {
        using var response = await SendAsync(path);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/audit/checkpoint")]
    [InlineData("/v1/audit/records/0")]
    public async Task Nobody_reads_the_audit_without_its_scope(string path)
    {
        using var response = await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<string> GetAsync(string path)
    {
        using var response = await SendAsync(path);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(string path)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add("x-api-key", Key);
        return await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
    }
}
