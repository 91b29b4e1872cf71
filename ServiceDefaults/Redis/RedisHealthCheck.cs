using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace MlAspire.ServiceDefaults.Redis;

/// <summary>Whether Redis answers: a single server a PING, a cluster a question to each of 64 keys that are spread over its slots, so that a node which is away with its keys shows.</summary>
internal sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    // In braces: the tag that FeatureStore's partitions have too.
    private static readonly RedisKey[] Spread = [.. Enumerable.Range(0, 64).Select(number => (RedisKey)string.Create(CultureInfo.InvariantCulture, $"health:{{{number:00}}}"))];

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var database = redis.GetDatabase();
            Task answers = redis.GetServers().Any(server => server.ServerType == ServerType.Cluster) ? Task.WhenAll(Spread.Select(key => database.KeyExistsAsync(key))) : database.PingAsync();
            await answers.WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy($"Redis does not answer: {exception.GetType().Name}.");
        }
    }
}
