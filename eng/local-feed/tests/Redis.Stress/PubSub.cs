using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>Four publishers on a channel each: every message arrives once and in order, by name and by pattern.</summary>
internal static class PubSub
{
    private const int Channels = 4;
    private const int InFlight = 100;

    public static async Task<long> RunAsync(IConnectionMultiplexer connection, int messages, string run)
    {
        var subscriber = connection.GetSubscriber();
        var perChannel = messages / Channels;
        var everything = ReceiveAllAsync(await subscriber.SubscribeAsync(RedisChannel.Pattern($"{run}:*")), perChannel * Channels);
        var receivers = new List<Task<int>> { everything };
        for (var channel = 0; channel < Channels; channel++)
        {
            receivers.Add(ReceiveAllAsync(await subscriber.SubscribeAsync(RedisChannel.Literal($"{run}:{channel}")), perChannel));
        }
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(c => PublishAsync(subscriber, RedisChannel.Literal($"{run}:{c}"), perChannel)));
        return (await Check.Within(TimeSpan.FromSeconds(60), Task.WhenAll(receivers), "messages")).Sum();
    }

    private static async Task PublishAsync(ISubscriber subscriber, RedisChannel channel, int count)
    {
        for (var first = 0; first < count; first += InFlight)
        {
            var published = Enumerable.Range(first, Math.Min(InFlight, count - first)).Select(i => subscriber.PublishAsync(channel, i));
            foreach (var receivers in await Task.WhenAll(published))
            {
                Check.Equal(2, receivers, "PUBLISH: subscribers by name and by pattern");
            }
        }
    }

    private static async Task<int> ReceiveAllAsync(ChannelMessageQueue queue, int count)
    {
        var next = new Dictionary<RedisChannel, int>();
        for (var received = 0; received < count; received++)
        {
            var message = await queue.ReadAsync();
            Check.Equal(next.GetValueOrDefault(message.Channel), (int)message.Message, $"message on {message.Channel}");
            next[message.Channel] = (int)message.Message + 1;
        }
        await queue.UnsubscribeAsync();
        return count;
    }
}
