using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class PredictionStreamTests
{
    [Fact]
    public async Task An_event_leaves_the_stream_when_it_is_too_old_also_when_no_other_one_comes()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await RunningGateway.StartAsync(time);
        await gateway.StopHostAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Redis.ConnectionString);
        var stream = redis.GetDatabase();
        var oldest = time.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();
        await stream.ExecuteAsync("XADD", "predictions", $"{oldest - 1}-0", "event", "too old");
        await stream.ExecuteAsync("XADD", "predictions", $"{oldest}-0", "event", "as old as may be");

        await gateway.StartHostAsync(("PredictionStream:MaxAge", "01:00:00"));
        await LengthAsync(1);
        time.Advance(TimeSpan.FromMinutes(1));
        await LengthAsync(0);

        Task LengthAsync(int length) => Eventually.TrueAsync($"{length} events on the stream", async () => await stream.StreamLengthAsync("predictions") == length);
    }
}
