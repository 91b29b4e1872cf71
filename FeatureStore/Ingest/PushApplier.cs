using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes checked rows to Redis.</summary>
internal sealed class PushApplier(PushScript script, RedisCommands redis, SourceTimes times, FeatureStoreMetrics metrics)
{
    private const int MaxProducers = 1_024;

    // Guards itself: what this replica has written of a producer to a cluster. A partition gets it with what follows, so that its ranges have no gaps for rows of other partitions.
    private readonly Dictionary<string, CountedOffsets> written = new(StringComparer.Ordinal);

    /// <summary>Some of Redis is lost: what was written may not be there.</summary>
    public void Forget()
    {
        lock (written) { written.Clear(); }
    }

    /// <summary>Writes what of the rows was not counted before.</summary>
    /// <param name="restoring">Some of Redis is lost: what a partition of a cluster still has is told by its own offsets alone.</param>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<Applied> ApplyAsync(PushedRows rows, bool restoring, CancellationToken cancellation)
    {
        var applied = await WriteOnceAsync(rows, restoring, cancellation);
        times.Taken(rows.Target.Source.Name, rows.EventTimes);
        return applied;
    }

    private async Task<Applied> WriteOnceAsync(PushedRows rows, bool restoring, CancellationToken cancellation)
    {
        if (!redis.IsCluster || rows.Offsets is not { } offsets) { return new Applied((await WriteAsync(rows, cancellation)).Select(piece => rows.Count - piece.Rows).FirstOrDefault(), []); }
        // What all partitions have is asked for before the pieces, and told after them, since until then they may be written in some only.
        var counted = restoring ? new CountedOffsets() : await script.CountedAsync(rows.Target.Keys, offsets.Producer, null, cancellation);
        var pieces = new List<Written>();
        foreach (var open in counted.Open(offsets.First, rows.Count).Select(rows.Of)) { pieces.AddRange(await WriteAsync(open with { Offsets = WithBefore(open.Offsets!) }, cancellation)); }
        if (pieces.Count > 0) { counted = await script.CountAsync(rows.Target.Keys, offsets, rows.Count, cancellation); }
        Remember(offsets, rows.Count);
        var skipped = rows.Count - counted.Open(offsets.First, rows.Count).Sum(range => range.GetOffsetAndLength(rows.Count).Length);
        return new Applied(restoring && pieces.Exists(piece => piece.Rows > 0) ? 0 : skipped, [.. pieces.Where(piece => piece.End == offsets.First + rows.Count).Select(piece => piece.Partition).OfType<int>()]);
    }

    private Offsets WithBefore(Offsets offsets)
    {
        lock (written) { return offsets.Before.To > 0 || !written.TryGetValue(offsets.Producer, out var known) ? offsets : offsets with { Before = known.Before(offsets.First) }; }
    }

    private void Remember(Offsets offsets, int rows)
    {
        lock (written)
        {
            if (written.Count == MaxProducers) { written.Clear(); }
            if (!written.TryGetValue(offsets.Producer, out var known)) { written[offsets.Producer] = known = new CountedOffsets(); }
            known.Add(new OffsetRange(offsets.First, offsets.First + rows));
        }
    }

    private async Task<IReadOnlyList<Written>> WriteAsync(PushedRows rows, CancellationToken cancellation) =>
        await Task.WhenAll(script.Pieces(WriteBatch.Of(rows)).Select(piece => WriteAsync(rows, piece, cancellation)));

    /// <summary>Writes a piece of a push, but for what turns out to be counted.</summary>
    private async Task<Written> WriteAsync(PushedRows rows, WriteBatch piece, CancellationToken cancellation)
    {
        var result = await script.RunAsync(piece, cancellation);
        metrics.StaleWrites(rows.Target.Source.Name, result.StaleRows);
        metrics.ClosedGaps(rows.Target.Source.Name, result.ClosedGaps);
        if (result.Counted is not { } counted) { return new Written(piece.Partition, rows.Count, (piece.Offsets?.First ?? 0) + rows.Count); }
        var (open, written) = (counted.Open(rows.Offsets!.First, rows.Count), 0);
        foreach (var part in open.Select(rows.Of))
        {
            if (script.Pieces(WriteBatch.Of(part)).FirstOrDefault(other => other.Partition == piece.Partition && other.Offsets is not null) is { } rest) { written += (await WriteAsync(part, rest, cancellation)).Rows; }
        }
        return new Written(piece.Partition, written, counted.Has(rows.Offsets.First + rows.Count - 1) ? rows.Offsets.First + rows.Count : 0);
    }

    /// <param name="Rows">How many of the push's rows are counted by it.</param>
    /// <param name="End">The end of the push's offsets, when the partition has its last one.</param>
    private readonly record struct Written(int? Partition, int Rows, long End);
}

/// <summary>What came of a push.</summary>
/// <param name="Skipped">How many of the rows had been counted before.</param>
/// <param name="Partitions">Partitions of a cluster that were written, or were found to have the rows.</param>
internal sealed record Applied(int Skipped, IReadOnlyList<int> Partitions);
