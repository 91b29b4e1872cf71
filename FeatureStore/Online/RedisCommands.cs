using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Runs commands on Redis so that each ends in bounded time: with its answer, or as unavailable.</summary>
internal sealed class RedisCommands
{
    // What ends only when somebody changes something: a command that is wrong, a key that holds something else, a user without the right. Whatever else a server says (starting, full, without its replicas, a slot being moved) passes.
    private static readonly string[] Lasting = ["ERR", "WRONGTYPE", "NOPERM"];
    private readonly IConnectionMultiplexer redis;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private int breaks;

    public RedisCommands(IConnectionMultiplexer redis, IOptions<RedisOptions> options, TimeProvider time)
    {
        (this.redis, this.time, timeout) = (redis, time, TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMilliseconds));
        redis.ConnectionFailed += (_, _) => Interlocked.Increment(ref breaks);
        redis.ConnectionRestored += (_, _) =>
        {
            Interlocked.Increment(ref breaks); // the two are told on threads of their own, and this may be the first to be heard
            Restored?.Invoke();
        };
    }

    /// <summary>A connection that was lost is back.</summary>
    public event Action? Restored;

    /// <summary>Changes when a connection was lost and when it is back: then Redis may be without what it had.</summary>
    public int Breaks => Volatile.Read(ref breaks);

    /// <summary>Whether keys are spread over nodes by their slots, so that one command, or script, takes keys of one slot only. Found out when connecting.</summary>
    public bool IsCluster => redis.HashSlot("any") >= 0;

    /// <summary>Runs one command. A command that timed out may still have been executed.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis is not connected, does not answer in time, or cannot take the command now.</exception>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command(redis.GetDatabase()).WaitAsync(timeout, time, cancellationToken);
        }
        catch (Exception e) when (e is RedisConnectionException or TimeoutException || (e is RedisServerException server && !IsLasting(server.Message)))
        {
            throw new ServiceError(ErrorCode.Unavailable, "The online store is not available.", e);
        }
    }

    private static bool IsLasting(string message) => Array.Exists(Lasting, error => message.StartsWith(error + ' ', StringComparison.Ordinal));
}
