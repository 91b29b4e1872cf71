using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Redis;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.ServiceDefaults.Tests.Redis;

public sealed class RedisConnectionTests
{
    [Fact]
    public async Task Lost_Redis_is_503_and_not_ready_and_comes_back_by_itself()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await StartAsync($"{redis.ConnectionString},password=,name=planted-secret");
        Assert.Equal("1", await service.Client.GetStringAsync("/increment"));
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);

        await redis.KillAsync();

        var lost = await Eventually.ValueAsync("a command to fail", async () => await service.Client.GetAsync("/increment") is { IsSuccessStatusCode: false } failed ? failed : null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.StatusCode);
        Assert.NotNull(lost.Headers.RetryAfter);
        Assert.Contains("\"detail\":\"Redis is not available.\"", await lost.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync("the service to be not ready", async () => (await service.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
        await Eventually.TrueAsync("the line that Redis is lost", () => service.Logs.Named("redis_lost").Any());
        Assert.DoesNotContain(service.Logs.Events, line => line.Message.Contains("planted-secret", StringComparison.Ordinal));

        Assert.DoesNotContain("calls", (await Assert.ThrowsAnyAsync<RedisException>(() => service.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringIncrementAsync("calls"))).ToString(), StringComparison.Ordinal);

        await redis.RestartAsync();

        await Eventually.TrueAsync("a command to work again", async () => (await service.Client.GetAsync("/increment")).IsSuccessStatusCode);
        await Eventually.TrueAsync("the service to be ready again", async () => (await service.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Service_starts_without_Redis_and_finds_it_later()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var service = await StartAsync(redis.ConnectionString);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Client.GetAsync("/increment")).StatusCode);

        await redis.RestartAsync();

        await Eventually.TrueAsync("a command to work", async () => (await service.Client.GetAsync("/increment")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Missing_connection_string_is_named_in_the_log()
    {
        await using var service = await StartAsync(connectionString: null);
        Assert.Equal(HttpStatusCode.InternalServerError, (await service.Client.GetAsync("/increment")).StatusCode);
        Assert.Contains(service.Logs.Named("request_failed"), line => line.Exception!.Message.Contains("ConnectionStrings__redis", StringComparison.Ordinal));
    }

    private static Task<ServiceHost> StartAsync(string? connectionString) => TestService.StartAsync(
        builder =>
        {
            builder.UseSetting("ConnectionStrings:redis", connectionString);
            builder.AddRedisConnection();
        },
        app => app.MapGet("/increment", async (IConnectionMultiplexer redis) => await redis.GetDatabase().StringIncrementAsync("calls")));
}
