using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Replay;

/// <summary>Pushes the events in the order of time and knows how far it has come. Used by one loop.</summary>
internal sealed class EventPusher(FeatureStoreClient store, ReplayProgress progress)
{
    /// <summary>Most events of one push; the store's own limit is 10,000.</summary>
    public const int BatchRows = 5_000;

    private readonly int[] next = new int[2];
    private FlightEvents events = new([]);

    /// <summary>The offset of the next event of a kind.</summary>
    public int Next(FlightEventKind kind) => next[(int)kind];

    /// <summary>Goes on where the store's last push of each kind ended, but not before <paramref name="start"/>. Waits while the store is away.</summary>
    /// <param name="all">The events.</param>
    /// <param name="start">Events before it are never pushed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task ResumeAsync(FlightEvents all, DateTimeOffset start, CancellationToken cancellationToken)
    {
        events = all;
        foreach (var kind in Enum.GetValues<FlightEventKind>())
        {
            next[(int)kind] = Math.Max(all.FirstOffset(kind, start), await store.NextOffsetAsync(kind, cancellationToken));
        }
    }

    /// <summary>Pushes every event strictly before <paramref name="instant"/> (UTC ticks) that is not pushed yet; returns when the store has them.</summary>
    public async Task PushBeforeAsync(long instant, CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<FlightEventKind>())
        {
            var end = events.FirstOffset(kind, new DateTimeOffset(instant, TimeSpan.Zero));
            while (next[(int)kind] < end)
            {
                var batch = events.Batch(kind, next[(int)kind], Math.Min(end, next[(int)kind] + BatchRows));
                await store.PushAsync(kind, batch, events.Flights, cancellationToken);
                next[(int)kind] += batch.Length;
                progress.Pushed(batch.Length, batch.Span[^1].Instant);
            }
        }
    }
}
