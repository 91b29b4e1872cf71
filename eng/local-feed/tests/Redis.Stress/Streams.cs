using System.Collections.Concurrent;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>Producers append to a stream, two groups of three consumers read it: every group gets every entry once, whole, and acknowledges it.</summary>
internal static class Streams
{
    private const int Producers = 8;
    private const int ConsumersPerGroup = 3;

    public static async Task<long> RunAsync(IDatabase database, int entries, string run)
    {
        var (stream, groups, total) = ((RedisKey)$"{run}:stream", new[] { "a", "b" }, entries / Producers * Producers);
        foreach (var group in groups)
        {
            await database.StreamCreateConsumerGroupAsync(stream, group, "0", createStream: true);
        }
        var consumers = groups.Select(group => ConsumeAsync(database, stream, group, total)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => ProduceAsync(database, stream, p, entries / Producers)));
        await Check.Within(TimeSpan.FromSeconds(120), Task.WhenAll(consumers), "stream entries");

        var all = await database.StreamRangeAsync(stream);
        Check.Equal(total, all.Length, "XRANGE");
        Check.SameItems(all.Select(e => e.Id.ToString()), (await database.StreamReadAsync(stream, "0-0")).Select(e => e.Id.ToString()), "XREAD");
        foreach (var group in await database.StreamGroupInfoAsync(stream))
        {
            Check.Equal($"0 {ConsumersPerGroup}", $"{group.PendingMessageCount} {group.ConsumerCount}", "XINFO GROUPS: pending, consumers");
        }
        await database.KeyDeleteAsync(stream);
        return total * 3L;
    }

    private static async Task ProduceAsync(IDatabase database, RedisKey stream, int producer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await database.StreamAddAsync(stream, [new("producer", producer), new("number", i), new("text", $"{producer}/{i}")]);
        }
    }

    private static async Task<int> ConsumeAsync(IDatabase database, RedisKey stream, string group, int total)
    {
        var seen = new ConcurrentDictionary<string, bool>();
        await Task.WhenAll(Enumerable.Range(0, ConsumersPerGroup).Select(async consumer =>
        {
            while (seen.Count < total)
            {
                foreach (var entry in await database.StreamReadGroupAsync(stream, group, $"consumer{consumer}", ">", 50))
                {
                    Check.Equal($"{entry["producer"]}/{entry["number"]}", (string?)entry["text"], "fields of an entry");
                    Check.That(seen.TryAdd(entry["text"]!, true), $"entry {entry["text"]} came twice");
                    Check.Equal(1, await database.StreamAcknowledgeAsync(stream, group, entry.Id), "XACK");
                }
            }
        }));
        return seen.Count;
    }
}
