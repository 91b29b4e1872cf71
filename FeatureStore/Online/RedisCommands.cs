using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Runs commands on Redis so that each ends in bounded time: with its answer, or as unavailable.</summary>
internal sealed class RedisCommands
{
    // Conditions of a server that end without a change on our side: starting, busy with a script, full, unable to save, or not the writable one; of a cluster: a slot has no node, is being moved, or was moved, or that it is one is not known yet.
    private static readonly string[] Passing = ["LOADING", "BUSY", "OOM", "MISCONF", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "CROSSSLOT"];
    private readonly IConnectionMultiplexer redis;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private int breaks;

    public RedisCommands(IConnectionMultiplexer redis, IOptions<RedisOptions> options, TimeProvider time)
    {
        (this.redis, this.time, timeout) = (redis, time, TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMilliseconds));
        redis.ConnectionFailed += (_, _) => Interlocked.Increment(ref breaks);
    }

    /// <summary>How many times a connection was lost: when it is back, Redis may be without what it had.</summary>
    public int Breaks => Volatile.Read(ref breaks);

    /// <summary>Whether keys are spread over nodes by their slots, so that one command, or script, takes keys of one slot only. Found out when connecting.</summary>
    public bool IsCluster => redis.HashSlot("any") >= 0;

    /// <summary>Runs one command. A command that timed out may still have been executed.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis is not connected, does not answer in time, or cannot take the command now.</exception>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellation)
    {
        try
        {
            return await command(redis.GetDatabase()).WaitAsync(timeout, time, cancellation);
        }
        catch (Exception e) when (e is RedisConnectionException or TimeoutException || (e is RedisServerException server && IsPassing(server.Message)))
        {
            throw new ServiceError(ErrorCode.Unavailable, "The online store is not available.", e);
        }
    }

    private static bool IsPassing(string message) => Array.Exists(Passing, condition => message.StartsWith(condition, StringComparison.Ordinal));
}
