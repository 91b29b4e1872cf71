using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class CheckpointTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(time);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_checkpoint_that_cannot_be_written_beside_the_log_is_signed_said_and_copied_all_the_same_and_readiness_tells_until_it_is()
    {
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        var log = gateway.Host.Services.GetRequiredService<AuditLog>();
        await TurnAsync("the first checkpoint", () => metrics.Now("ml.audit.uncovered") == 0 && Lines().Length > 0);
        var before = Lines().Length;
        var broken = Directory.CreateDirectory(Path.Combine(gateway.AuditDirectory, "checkpoint.new")); // a file cannot be made
        (await gateway.PostAsync(RunningGateway.Request(700, 701))).Response.EnsureSuccessStatusCode();

        await TurnAsync("the failure's line", () => gateway.Host.Logs.Named("checkpoint_not_written").Any());

        Assert.Equal(3, metrics.Now("ml.audit.uncovered")); // the rows, and that a version answered first
        Assert.Equal(before + 1, Lines().Length);
        await Eventually.TrueAsync("the copy", async () => Open((string?)await gateway.Host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringGetAsync(CheckpointCopy.RedisPrefix + log.Origin), log).Size == log.Count);
        var header = (await gateway.PostAsync(RunningGateway.Request(702))).Response.Headers.GetValues("x-audit-checkpoint").Single();
        Assert.InRange(Open(Encoding.UTF8.GetString(Convert.FromBase64String(header)), log).Size, log.Count - 1, log.Count);
        await TurnAsync("readiness to tell", async () => (await ReadyAsync()).Contains("checkpoint has not been written for", StringComparison.Ordinal));

        broken.Delete();

        await TurnAsync("readiness to be whole again", async () => !(await ReadyAsync()).Contains("has not been written", StringComparison.Ordinal));
        Assert.Equal(0, metrics.Now("ml.audit.uncovered"));
        Assert.Equal(log.Count, Checkpoint.Open(await File.ReadAllTextAsync(Path.Combine(gateway.AuditDirectory, CheckpointFile.Name)), log.Key).Size);
    }

    private static Checkpoint Open(string? note, AuditLog log) => Checkpoint.Open(note!, log.Key);

    private RecordedLog[] Lines() => [.. gateway.Host.Logs.Named("checkpoint_signed")];

    private Task TurnAsync(string what, Func<bool> condition) => TurnAsync(what, () => Task.FromResult(condition()));

    private Task TurnAsync(string what, Func<Task<bool>> condition) => Eventually.TrueAsync(what, async () =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return await condition();
    });

    /// <summary>What readiness says; it is ready all along.</summary>
    private async Task<string> ReadyAsync()
    {
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        return await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
