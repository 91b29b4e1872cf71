using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace MlAspire.ServiceDefaults.Redis;

/// <summary>Whether Redis answers a PING.</summary>
internal sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (RedisException exception)
        {
            return HealthCheckResult.Unhealthy($"Redis does not answer: {exception.GetType().Name}.");
        }
    }
}
