using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Whether Redis still knows what it was told of the log, and so has what was written with it. Owned by the loop that applies the log, except for <see cref="Doubt"/>.</summary>
/// <remarks>A lost connection, a note that a push's script did not find, and the clock (<see cref="AppliedNotesWatch"/>) are reasons to look: one that is emptied while it is connected tells nobody.</remarks>
internal sealed class AppliedNotes(PushScript script, RedisCommands redis, RowQuarantine quarantine, ServedRegistry registry, TimeProvider time)
{
    private int doubts;
    private int dispelled = -1; // of the reasons to look, how many were looked into

    /// <summary>Redis may have lost something: the next question is answered by looking. Safe to call from anywhere.</summary>
    public void Doubt() => Interlocked.Increment(ref doubts);

    /// <summary>Whether there was a reason to look since this was last answered, and Redis lacks some of what it must know.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<bool> IsLostAsync(AppliedMark must, CancellationToken cancellationToken)
    {
        var now = redis.Breaks + Volatile.Read(ref doubts);
        if (now == dispelled)
        {
            return false;
        }
        await quarantine.RecallAsync(registry.Current.Keys, cancellationToken);
        must.Forget(Oldest);
        var found = await FindAsync(must, cancellationToken);
        dispelled = now;
        return must.Known.Zip(found).Any(known => known.Second.Position.Next < known.First.Position.Next);
    }

    /// <summary>Looks without a reason, and doubts what it finds lost. False also when Redis does not answer, which is for who needs it to say: the next question is answered by looking.</summary>
    public async Task<bool> LookAsync(AppliedMark must, CancellationToken cancellationToken)
    {
        Doubt();
        try
        {
            if (!await IsLostAsync(must, cancellationToken))
            {
                return false;
            }
            Doubt();
            return true;
        }
        catch (ServiceError e) when (e.Code == ErrorCode.Unavailable)
        {
            return false;
        }
    }

    /// <summary>What Redis knows now of what it must.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public Task<KnownPosition[]> FindAsync(AppliedMark must, CancellationToken cancellationToken)
    {
        var keys = registry.Current.Keys;
        return Task.WhenAll(must.Known.Select(async known => known with { Position = known.Position with { Next = await script.AppliedAsync(keys, known.Position, cancellationToken) } }));
    }

    /// <summary>The rows, to be written only where Redis knows what it must.</summary>
    public PushedRows Demand(PushedRows rows, AppliedMark must)
    {
        var oldest = Oldest;
        return rows with { MustKnow = of => must.Next(of, oldest) };
    }

    private DateTimeOffset Oldest => time.GetUtcNow() - LoggedIngest.OnlineRetention;
}
