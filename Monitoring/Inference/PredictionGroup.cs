using MlAspire.Gateway.Pipeline.Events;
using StackExchange.Redis;

namespace MlAspire.Monitoring.Inference;

/// <summary>The consumer group on the prediction stream: commands only, no memory of its own.</summary>
/// <remarks>One monitoring reads at a time; it has the one consumer of the group.</remarks>
internal sealed class PredictionGroup(IConnectionMultiplexer redis, int batch)
{
    public const string Name = "monitoring";

    private const string Consumer = "monitoring";
    private const string Beginning = "0-0";

    private IDatabase Database => redis.GetDatabase();

    /// <summary>Makes the stream and the group where they are missing; a new group begins with the oldest entry.</summary>
    public async Task EnsureAsync()
    {
        try
        {
            await Database.StreamCreateConsumerGroupAsync(PredictionEvent.Stream, Name, Beginning, createStream: true);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there already, with the position it had reached.
        }
    }

    /// <summary>The newest entry that was handed out, and how many wait behind it.</summary>
    public async Task<(EntryId Delivered, long Lag)> PositionAsync()
    {
        var groups = await Database.StreamGroupInfoAsync(PredictionEvent.Stream);
        var group = groups.First(group => group.Name == Name);
        return (EntryId.Parse(group.LastDeliveredId), group.Lag ?? 0);
    }

    /// <summary>At most a batch of the entries after <paramref name="after"/> up to <paramref name="last"/>, without moving the group.</summary>
    public Task<StreamEntry[]> HistoryAsync(EntryId after, EntryId last) =>
        Database.StreamRangeAsync(PredictionEvent.Stream, $"({after}", last.ToString(), batch);

    /// <summary>The next entries, at most a batch; they are the group's until <see cref="AcknowledgeAsync"/>.</summary>
    public Task<StreamEntry[]> NextAsync() => Database.StreamReadGroupAsync(PredictionEvent.Stream, Name, Consumer, StreamPosition.NewMessages, batch);

    /// <summary>Says that the entries need not be handed out again.</summary>
    public Task AcknowledgeAsync(IReadOnlyList<StreamEntry> entries) =>
        entries.Count == 0 ? Task.CompletedTask : Database.StreamAcknowledgeAsync(PredictionEvent.Stream, Name, [.. entries.Select(entry => entry.Id)]);

    /// <summary>Acknowledges everything that was handed out and not acknowledged; at most a batch, the number is returned.</summary>
    public async Task<int> AcknowledgePendingAsync()
    {
        var pending = await Database.StreamPendingMessagesAsync(PredictionEvent.Stream, Name, batch, Consumer);
        if (pending.Length > 0)
        {
            await Database.StreamAcknowledgeAsync(PredictionEvent.Stream, Name, [.. pending.Select(entry => entry.MessageId)]);
        }

        return pending.Length;
    }
}
