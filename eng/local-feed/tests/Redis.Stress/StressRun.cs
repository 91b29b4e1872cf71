using System.Globalization;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>The whole test: every scenario against one server, then rounds of all of them to see that nothing piles up.</summary>
internal sealed class StressRun(RedisServer server, ConnectionMultiplexer connection, StressOptions options, TextWriter output)
{
    private const int WarmUpRounds = 3;
    private const int ConnectionsPerRound = 40;

    /// <returns>The exit code: 0, or 1 when something was wrong.</returns>
    public static async Task<int> RunAsync(StressOptions options, TextWriter output)
    {
        await output.WriteLineAsync($"{options}\nwith {typeof(Pipelines.Sockets.Unofficial.SocketConnection).Assembly.Location}");
        await using var server = await RedisServer.StartAsync(options.Tls, options.Tls ? "secret word" : null);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Client());
        try
        {
            await new StressRun(server, connection, options, output).RunAsync();
            await output.WriteLineAsync("passed");
            return 0;
        }
        catch (Exception e)
        {
            await output.WriteLineAsync($"FAILED: {e}");
            return 1;
        }
    }

    private async Task RunAsync()
    {
        var database = connection.GetDatabase();
        await StepAsync("warm-up commands", () => MixedCommands.RunAsync(database, options.Commands / 20, options.Callers, "warm"));
        await StepAsync("mixed commands", () => MixedCommands.RunAsync(database, options.Commands, options.Callers, "mixed"));
        await StepAsync("large values, bytes", () => LargeReplies.ValuesAsync(database, options.LargeValues, options.LargeValueBytes));
        await StepAsync("large arrays, elements", () => LargeReplies.ArraysAsync(database, options.ArrayElements));
        await StepAsync("messages", () => PubSub.RunAsync(connection, options.Messages, "messages"));
        await StepAsync("stream entries", () => Streams.RunAsync(database, options.StreamEntries, "streams"));
        await StepAsync("answers around kills", async () =>
        {
            var (answered, failed) = await new KillAndRestart(server, database, options).RunAsync();
            await output.WriteLineAsync($"  {options.Kills} kills, {failed} commands failed, none answered wrongly");
            return answered;
        });
        await StepAsync("messages after the kills", () => PubSub.RunAsync(connection, options.Messages / 10, "after"));
        await LeakRoundsAsync(database);
    }

    private async Task LeakRoundsAsync(IDatabase database)
    {
        ProcessFigures? early = null;
        for (var round = 1; round <= options.LeakRounds; round++)
        {
            // The same keys in every round: the server must not grow either.
            await database.ExecuteAsync("FLUSHALL");
            await MixedCommands.RunAsync(database, options.Commands / 20, options.Callers, "round");
            await LargeReplies.ValuesAsync(database, 4, options.LargeValueBytes);
            await LargeReplies.ArraysAsync(database, options.ArrayElements);
            await PubSub.RunAsync(connection, options.Messages / 20, "round");
            await Streams.RunAsync(database, options.StreamEntries / 20, "round");
            await ConnectManyAsync();
            server.Kill();
            await server.StartAgainAsync();
            await new KillAndRestart(server, database, options with { Kills = 0 }).RunAsync();
            var figures = ProcessFigures.Read();
            await output.WriteLineAsync($"round {round}: {figures}");
            if (round == WarmUpRounds)
            {
                early = figures;
            }
            else if (round == options.LeakRounds)
            {
                figures.MustNotExceed(early ?? figures);
            }
        }
    }

    private async Task ConnectManyAsync()
    {
        for (var i = 0; i < ConnectionsPerRound; i++)
        {
            await using var another = await ConnectionMultiplexer.ConnectAsync(server.Client());
            Check.Equal("PONG", (string?)await another.GetDatabase().ExecuteAsync("PING"), "PING");
        }
    }

    private async Task StepAsync(string name, Func<Task<long>> step)
    {
        var start = TimeProvider.System.GetTimestamp();
        var count = await step();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name}: {count:N0} in {seconds:0.0} s, {count / seconds:N0}/s"));
    }
}
