using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Runs commands on Redis so that each ends in bounded time: with its answer, or as unavailable.</summary>
internal sealed class RedisCommands(IConnectionMultiplexer redis, IOptions<RedisOptions> options, TimeProvider time)
{
    // Conditions of a server that end without a change on our side: starting, busy with a script, full, unable to save, or not the writable one.
    private static readonly string[] Passing = ["LOADING", "BUSY", "OOM", "MISCONF", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"];
    private readonly TimeSpan timeout = TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMilliseconds);

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
