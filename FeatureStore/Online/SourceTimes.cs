using System.Collections.Concurrent;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>The newest event time of each source, whichever replica took it: how far the store is behind. Shared through Redis once a second; while Redis is away each replica knows what it took and was told. Thread-safe.</summary>
internal sealed class SourceTimes(RedisCommands redis, ServedRegistry registry, WorkerHealth worker, TimeProvider time)
    : PeriodicWorker("source times", Interval, worker, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A producer's clock may be so much ahead of ours.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestSilence = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> newest = new(StringComparer.Ordinal);

    /// <summary>Of every source that an event is known of.</summary>
    public IEnumerable<KeyValuePair<string, DateTimeOffset>> All => newest;

    /// <summary>Events of the source are in Redis. A time that has not come yet says nothing of how far the source is, and would for ever.</summary>
    public void Taken(string source, params ReadOnlySpan<DateTimeOffset> eventTimes)
    {
        var (latest, last) = (Time.GetUtcNow() + ClockSkew, DateTimeOffset.MinValue);
        foreach (var eventTime in eventTimes)
        {
            if (eventTime > last && eventTime <= latest)
            {
                last = eventTime;
            }
        }
        if (last > DateTimeOffset.MinValue)
        {
            newest.AddOrUpdate(source, last, (_, before) => last > before ? last : before);
        }
    }

    /// <summary>What of the source has happened is known up to here, as far as it can be told: its newest event, but at most a day before the clock.</summary>
    public DateTimeOffset Watermark(string source) => LeastWatermark is var least && newest.TryGetValue(source, out var last) && last > least ? last : least;

    /// <summary>No watermark is behind it, from now on.</summary>
    public DateTimeOffset LeastWatermark => Time.GetUtcNow() - LongestSilence;

    /// <summary>Up to where the source is done, by its newest event and by the clock, which a producer's may be ahead of; null while no event of it is known.</summary>
    public DateTimeOffset? Past(string source) => newest.TryGetValue(source, out var last) ? Time.GetUtcNow() is var now && now < last ? now : last : null;

    /// <summary>Whether what the view's source lacks at the moment costs the model more than the view's <see cref="Freshness"/> allows. False without one, and while no event of the source is known.</summary>
    public bool IsBehind(FeatureView view, DateTimeOffset moment) =>
        view.Freshness?.MaxAge is { } maxAge && newest.TryGetValue(view.From!.Source.Name, out var last) && moment - last > maxAge;

    protected override bool TurnsAtOnce => true;

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        try
        {
            await ShareOnceAsync(registry.Current.Keys.SourceTimes, stopping);
        }
        catch (ServiceError)
        {
            // Redis is away, which readiness tells; what is known stays.
        }
    }

    private async Task ShareOnceAsync(string key, CancellationToken stopping)
    {
        SortedSetEntry[] own = [.. newest.Select(source => new SortedSetEntry(source.Key, source.Value.ToUnixTimeMilliseconds()))];
        if (own.Length > 0)
        {
            await redis.RunAsync(database => database.SortedSetAddAsync(key, own, SortedSetWhen.GreaterThan), stopping);
        }
        foreach (var source in await redis.RunAsync(database => database.SortedSetRangeByRankWithScoresAsync(key), stopping))
        {
            Taken(source.Element.ToString(), DateTimeOffset.FromUnixTimeMilliseconds((long)source.Score));
        }
    }
}
