using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Health;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Cache;

/// <summary>Whether something of an entity may have been written since a moment: every write is published, by the script that writes, with the <see cref="RedisKeys.Stripe"/> of each entity. Thread-safe.</summary>
/// <remarks>
/// A replica that listens publishes beats of its own, through every node that it is connected to: nothing is read from the others. What was published before a beat comes before it, so a beat that came back says that all is known
/// that was written before it was sent. A lost connection ends everything that was known; only beats sent later count then.<br/>
/// A message is <c>00 | u16 big endian a stripe</c>, or a beat: <c>01 | sender, 16 bytes | i32 lost connections | i32 node | i32 nodes | i64 timestamp</c>.
/// </remarks>
internal sealed class Invalidations(
    IConnectionMultiplexer redis, RedisCommands commands, ServedRegistry registry, IOptions<RedisOptions> options, FeatureStoreMetrics metrics, WorkerHealth workers, TimeProvider time)
    : PeriodicWorker("invalidations", TimeSpan.FromMilliseconds(options.Value.CacheStalenessMilliseconds) / 4, workers, time)
{
    private const byte Written = 0;
    private const byte Beat = 1;
    private const long Never = long.MinValue;
    private readonly byte[] sender = Guid.NewGuid().ToByteArray();
    private readonly TimeSpan staleness = TimeSpan.FromMilliseconds(options.Value.CacheStalenessMilliseconds);
    private readonly int[] versions = new int[RedisKeys.Stripes];
    private bool listening;
    private long known = Never; // timestamp up to which every write is known
    private int knownBreaks; // what commands.Breaks was then
    private long[] beats = []; // of each node the timestamp of its last beat; the channel's handler alone uses it

    /// <summary>Whether every write older than the bound of staleness is known.</summary>
    /// <param name="breaks">Connections that were lost before it was: what is known holds of stamps with these.</param>
    public bool AreKnown(out int breaks)
    {
        breaks = commands.Breaks;
        return Volatile.Read(ref known) is not Never and var then && Volatile.Read(ref knownBreaks) == breaks && Time.GetElapsedTime(then) <= staleness;
    }

    /// <summary>Changes when something of the entity may have been written, as far as that is known.</summary>
    /// <param name="breaks">Of <see cref="AreKnown"/>, asked before.</param>
    public Stamp StampOf(string entity, int breaks) => new(breaks, Volatile.Read(ref versions[RedisKeys.Stripe(entity)]));

    /// <summary>What says that something of the entities was written.</summary>
    public static byte[] Message(IEnumerable<string> entities)
    {
        ushort[] stripes = [.. entities.Select(RedisKeys.Stripe).Distinct()];
        var message = new byte[1 + sizeof(ushort) * stripes.Length];
        message[0] = Written;
        for (var i = 0; i < stripes.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(1 + sizeof(ushort) * i), stripes[i]);
        }
        return message;
    }

    /// <summary>Takes note of a <see cref="Message"/>, also before it comes back. Without a cache nobody asks.</summary>
    public void Note(ReadOnlySpan<byte> message)
    {
        if (options.Value.CacheBytes == 0)
        {
            return;
        }
        for (var at = 1; at < message.Length; at += sizeof(ushort))
        {
            Interlocked.Increment(ref versions[BinaryPrimitives.ReadUInt16BigEndian(message[at..])]);
        }
    }

    protected override bool IsOn => options.Value.CacheBytes > 0;

    protected override bool TurnsAtOnce => true;

    protected override async Task TurnAsync(CancellationToken cancellationToken)
    {
        var channel = RedisChannel.Literal(registry.Current.Keys.Invalidations);
        try
        {
            if (!listening)
            {
                (await redis.GetSubscriber().SubscribeAsync(channel)).OnMessage(message => Take((byte[])message.Message!));
            }
            listening = true;
            Send(channel);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Not connected: what is known grows old, and the next turn tries again.
        }
    }

    private void Send(RedisChannel channel)
    {
        var now = Time.GetTimestamp();
        var breaks = commands.Breaks;
        IServer[] nodes = [.. redis.GetServers().Where(server => server is { IsReplica: false, IsConnected: true })];
        foreach (var (index, node) in nodes.Index())
        {
            var beat = new byte[37];
            beat[0] = Beat;
            sender.CopyTo(beat, 1);
            BinaryPrimitives.WriteInt32BigEndian(beat.AsSpan(17), breaks);
            BinaryPrimitives.WriteInt32BigEndian(beat.AsSpan(21), index);
            BinaryPrimitives.WriteInt32BigEndian(beat.AsSpan(25), nodes.Length);
            BinaryPrimitives.WriteInt64BigEndian(beat.AsSpan(29), now);
            node.Execute("PUBLISH", [channel, beat], CommandFlags.FireAndForget);
        }
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        if (message[0] == Written)
        {
            metrics.Invalidated((message.Length - 1) / sizeof(ushort));
            Note(message);
        }
        else if (message[1..17].SequenceEqual(sender))
        {
            var (breaks, node, nodes) = (BinaryPrimitives.ReadInt32BigEndian(message[17..]), BinaryPrimitives.ReadInt32BigEndian(message[21..]), BinaryPrimitives.ReadInt32BigEndian(message[25..]));
            if (beats.Length != nodes || breaks != knownBreaks)
            {
                beats = [.. Enumerable.Repeat(Never, nodes)];
            }
            beats[node] = BinaryPrimitives.ReadInt64BigEndian(message[29..]);
            Volatile.Write(ref known, Never);
            Volatile.Write(ref knownBreaks, breaks);
            Volatile.Write(ref known, beats.Min());
        }
    }
}

/// <summary>What stands for the state of an entity: what was read between two equal ones has not been written in between, as far as is known.</summary>
internal readonly record struct Stamp(int Breaks, int Version);
