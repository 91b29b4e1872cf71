using MlAspire.LocalFeed.Redis.Stress;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

/// <summary>The real client on our package against a real server.</summary>
public sealed class StackExchangeRedisTests
{
    [Fact]
    public async Task The_short_stress_passes()
    {
        using var output = new StringWriter();

        var exitCode = await StressRun.RunAsync(StressOptions.Short, output);

        Assert.True(exitCode == 0, output.ToString());
    }

    [Fact]
    public async Task Tls_and_a_password_pass_the_stress_too()
    {
        using var output = new StringWriter();

        var options = StressOptions.Short with { Tls = true, Commands = 5_000, Callers = 64, LargeValues = 1, ArrayElements = 1_000, Kills = 1, CommandsBetweenKills = 500 };

        var exitCode = await StressRun.RunAsync(options, output);

        Assert.True(exitCode == 0, output.ToString());
    }

    [Fact]
    public async Task An_unknown_certificate_and_a_wrong_password_are_refused()
    {
        await using var server = await RedisServer.StartAsync(tls: true, password: "secret word");
        await using var another = await RedisServer.StartAsync(tls: true);
        var wrongPassword = server.Client();
        wrongPassword.Password = "guess";
        var wrongCertificate = another.Client();
        wrongCertificate.EndPoints.Clear();
        wrongCertificate.EndPoints.Add("127.0.0.1", server.Port);
        wrongCertificate.Password = "secret word";

        Assert.Contains("WRONGPASS", await ConnectFailureAsync(wrongPassword), StringComparison.Ordinal);
        Assert.Contains("certificate", await ConnectFailureAsync(wrongCertificate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduler_of_its_own_serves_the_client_as_well()
    {
        await using var server = await RedisServer.StartAsync();
        var options = server.Client();
        using var manager = new SocketManager("own threads", workerCount: 2, SocketManager.SocketManagerOptions.None);
        options.SocketManager = manager;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);

        Assert.InRange(await MixedCommands.RunAsync(connection.GetDatabase(), 5_000, 64, "own"), 5_000, 7_000);
        Assert.Contains("own threads", manager.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Synchronous_calls_are_answered()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Client());
        var database = connection.GetDatabase();

        // On threads of their own: a blocking call on a thread of the pool waits for a continuation that needs such a thread, with the genuine package too.
        var calls = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => Enumerable.Range(0, 500).Count(i => (int)database.Execute("ECHO", i) == i), TaskCreationOptions.LongRunning));

        var answered = await Task.WhenAll(calls).WaitAsync(SocketPair.Limit);
        Assert.Equal([500, 500, 500, 500], answered);
    }

    private static async Task<string> ConnectFailureAsync(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        return (await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(options))).ToString();
    }
}
