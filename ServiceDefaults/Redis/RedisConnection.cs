using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace MlAspire.ServiceDefaults.Redis;

/// <summary>The one Redis connection of a service. Here and not in a service because three services need the same: FeatureStore, Gateway, Monitoring.</summary>
public static partial class RedisConnection
{
    /// <summary>
    /// Registers <see cref="IConnectionMultiplexer"/> for <c>ConnectionStrings:{name}</c> and a ready check. The service starts without Redis and the connection comes
    /// (back) by itself; until then a command fails at once with a <see cref="RedisException"/>, which is answered as 503 unavailable.
    /// </summary>
    public static void AddRedisConnection(this IHostApplicationBuilder builder, string name = "redis")
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services => Connect(
            services.GetRequiredService<IConfiguration>().GetConnectionString(name)
                ?? throw new InvalidOperationException($"ConnectionStrings__{name} is not configured."),
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RedisConnection).FullName!)));
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>(name, tags: [HealthEndpoints.ReadyTag]);
    }

    private static ConnectionMultiplexer Connect(string connectionString, ILogger logger)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.IncludeDetailInExceptions = false; // keys, which have entities in them, would be in spans and logs
        options.ConnectTimeout = 2000;
        options.AsyncTimeout = 2000;
        options.SyncTimeout = 2000;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        var redis = ConnectionMultiplexer.Connect(options);
        redis.ConnectionFailed += (_, lost) => RedisLost(logger, lost.ConnectionType, lost.FailureType);
        redis.ConnectionRestored += (_, back) => RedisBack(logger, back.ConnectionType);
        return redis;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RedisLost, Level = LogLevel.Warning, Message = "The {Connection} connection to Redis is lost: {Failure}")]
    private static partial void RedisLost(ILogger logger, ConnectionType connection, ConnectionFailureType failure);

    [LoggerMessage(EventName = TelemetryNames.Events.RedisBack, Level = LogLevel.Information, Message = "The {Connection} connection to Redis is back")]
    private static partial void RedisBack(ILogger logger, ConnectionType connection);
}
