using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>
/// The server is killed in the middle of traffic and started again, several times. A command may fail then, but an answer that comes is right,
/// nothing acknowledged is lost (the server writes before it answers), and every caller is served again without being told to reconnect.
/// </summary>
internal sealed class KillAndRestart(RedisServer server, IDatabase database, StressOptions options)
{
    // The client's own limit is 30 s; the rest is for a busy machine.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(45);

    private volatile Goal goal = new(0);
    private long answered;
    private long failed;
    private volatile bool stop;

    /// <returns>Answers and failures.</returns>
    public async Task<(long Answered, long Failed)> RunAsync()
    {
        var callers = Enumerable.Range(0, options.Callers).Select(CallAsync).ToArray();
        for (var kill = 1; kill <= options.Kills; kill++)
        {
            await UntilServedAsync(callers, $"answers before kill {kill}");
            server.Kill();
            await server.StartAgainAsync();
        }
        await UntilServedAsync(callers, "answers after the last kill");
        stop = true;
        await Check.Within(Longest + Longest, Task.WhenAll(callers), "last answers");
        return (answered, failed);
    }

    // A caller that ended by itself has failed.
    private async Task UntilServedAsync(Task<bool>[] callers, string what)
    {
        goal = new(Interlocked.Read(ref answered) + options.CommandsBetweenKills);
        await await Check.Within(Longest + Longest, Task.WhenAny([goal.Reached.Task, .. callers]), what);
    }

    private async Task<bool> CallAsync(int caller)
    {
        var (key, acknowledged, uncertain) = ((RedisKey)$"kill:{caller}", 0L, 0L);
        // A caller ends only after a success, so that "stop" also proves that it was served again.
        for (var served = false; !(stop && served);)
        {
            try
            {
                var token = $"{caller}-{acknowledged}-{uncertain}";
                Check.Equal(token, (string?)await Check.Within(Longest, database.ExecuteAsync("ECHO", token), "ECHO"), "ECHO");
                uncertain++;
                var value = await Check.Within(Longest, database.StringIncrementAsync(key), "INCR");
                Check.That(value > acknowledged && value <= acknowledged + uncertain, $"INCR answered {value} after {acknowledged} and {uncertain} uncertain");
                (acknowledged, uncertain, served) = (value, 0, true);
                goal.Report(Interlocked.Add(ref answered, 2));
            }
            catch (Exception e) when (IsOutage(e))
            {
                served = false;
                Interlocked.Increment(ref failed);
            }
        }
        return true;
    }

    // Cancelled, and InvalidOperationException: a command that was just being written when the connection ended. The genuine package ends some so.
    private static bool IsOutage(Exception e) =>
        e is RedisConnectionException or RedisTimeoutException or OperationCanceledException
        || (e is InvalidOperationException && e.Message.Contains("writer was completed", StringComparison.Ordinal))
        || (e is RedisServerException && e.Message.StartsWith("LOADING", StringComparison.Ordinal));

    private sealed record Goal(long Count)
    {
        public TaskCompletionSource<bool> Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Report(long count)
        {
            if (count >= Count)
            {
                Reached.TrySetResult(true);
            }
        }
    }
}
