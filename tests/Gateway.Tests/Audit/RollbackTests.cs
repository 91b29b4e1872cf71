using System.Net;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>The audit folder is put back to an older state of it, whole and with its own checkpoint: only who saw more outside of it can tell.</summary>
public sealed class RollbackTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo older = Directory.CreateTempSubdirectory("audit-older-");
    private RunningGateway gateway = null!;
    private string? seen;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(time);
        await gateway.PostAsync(RunningGateway.Request(700));
        await gateway.StopHostAsync();
        Copy(gateway.AuditDirectory, older.FullName);
        await gateway.StartHostAsync();
        await gateway.PostAsync(RunningGateway.Request(701, 702));
        await gateway.StopHostAsync();
        seen = await Eventually.ValueAsync("the copy of all 5 records", async () => await CopyAsync() is { } copy && copy.Split('\n')[1] == "5" ? copy : null);
        Directory.Delete(gateway.AuditDirectory, recursive: true);
        Copy(older.FullName, gateway.AuditDirectory);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        older.Delete(recursive: true);
    }

    [Fact]
    public async Task The_copy_in_Redis_refuses_the_start_and_stays()
    {
        var before = await CheckpointAsync();

        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync());

        Assert.Contains("The audit log has 3 records, and is not a continuation of the checkpoint of 5 in Redis (mlaspire:audit:checkpoint:mlaspire/gateway)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((before, seen), (await CheckpointAsync(), await CopyAsync()));
    }

    [Fact]
    public async Task A_copy_that_comes_back_after_the_start_refuses_every_further_record_and_stays()
    {
        await gateway.Redis.KillAsync();
        await gateway.StartHostAsync();
        await gateway.PostAsync(RunningGateway.Request(703));
        await gateway.Redis.RestartAsync();
        await SetAsync(seen!);

        await Eventually.TrueAsync("the refusal", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return gateway.Host.Logs.Named("audit_refused").Any();
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(RunningGateway.Request(704))).Response.StatusCode);
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("is not a continuation of the checkpoint of 5 in Redis", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await gateway.StopHostAsync();
        Assert.Equal(seen, await CopyAsync());
    }

    [Fact]
    public async Task A_copy_of_another_log_that_is_no_longer_than_this_one_refuses_it_too()
    {
        Directory.Delete(gateway.AuditDirectory, recursive: true);
        Directory.CreateDirectory(gateway.AuditDirectory);
        File.Copy(Path.Combine(older.FullName, "checkpoint.key"), Path.Combine(gateway.AuditDirectory, "checkpoint.key"));
        await gateway.Redis.KillAsync();
        await gateway.StartHostAsync();
        await gateway.PostAsync(RunningGateway.Request(705, 706, 707));
        await gateway.StopHostAsync();
        var copy = File.ReadAllText(Path.Combine(older.FullName, CheckpointFile.Name));
        await gateway.Redis.RestartAsync();
        await SetAsync(copy);

        await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync());

        Assert.Equal(copy, await CopyAsync());
    }

    [Fact]
    public async Task A_copy_by_another_key_says_nothing_of_the_log_and_is_replaced()
    {
        File.Delete(Path.Combine(gateway.AuditDirectory, "checkpoint.key"));
        File.Delete(Path.Combine(gateway.AuditDirectory, CheckpointFile.Name));

        await gateway.StartHostAsync();

        await Eventually.TrueAsync("a copy by the new key", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await CopyAsync() != seen;
        });
    }

    [Fact]
    public async Task While_the_witness_is_asked_at_the_start_nothing_is_signed()
    {
        await SetAsync("");
        var before = await CheckpointAsync();
        var release = new TaskCompletionSource();
        await using var witness = await StandIn.StartAsync(async (_, response) =>
        {
            await release.Task;
            response.StatusCode = StatusCodes.Status409Conflict;
            await response.WriteAsync("5\n");
        });

        var starting = gateway.StartHostAsync(("Audit:Witnessed", "true"), ("services:monitoring:http:0", witness.Address.ToString()));
        await Eventually.TrueAsync("the question", () => !witness.Requests.IsEmpty);
        time.Advance(TimeSpan.FromSeconds(1));
        release.SetResult();

        Assert.Contains("its witness saw 5", (await Assert.ThrowsAsync<InvalidDataException>(() => starting)).Message, StringComparison.Ordinal);
        Assert.Equal((before, ""), (await CheckpointAsync(), await CopyAsync()));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private Task<string> CheckpointAsync() => File.ReadAllTextAsync(Path.Combine(gateway.AuditDirectory, CheckpointFile.Name));

    private async Task<string?> CopyAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Redis.ConnectionString);
        return await redis.GetDatabase().StringGetAsync($"{CheckpointCopy.RedisPrefix}mlaspire/gateway");
    }

    private async Task SetAsync(string note)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Redis.ConnectionString);
        await redis.GetDatabase().StringSetAsync($"{CheckpointCopy.RedisPrefix}mlaspire/gateway", note);
    }
}
