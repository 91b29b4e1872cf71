using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes checked rows to Redis.</summary>
internal sealed class PushApplier(PushScript script, RedisCommands redis, SourceTimes times, FeatureStoreMetrics metrics)
{
    /// <summary>Writes what of the rows was not counted before.</summary>
    /// <param name="restoring">Some of Redis is lost: what a partition of a cluster still has is told by its own offset alone.</param>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<Applied> ApplyAsync(PushedRows rows, bool restoring, CancellationToken cancellation)
    {
        var applied = await WriteOnceAsync(rows, restoring, cancellation);
        times.Taken(rows.Target.Source.Name, rows.EventTimes);
        return applied;
    }

    private async Task<Applied> WriteOnceAsync(PushedRows rows, bool restoring, CancellationToken cancellation)
    {
        if (!redis.IsCluster || rows.Offsets is null) { return new Applied((await WriteAsync(rows, 0, cancellation)).FirstOrDefault().First, []); }
        // Before the pieces, so that rows before these, should they come later, are skipped in every partition; and after them, since until then they may be written in some only.
        var begin = restoring ? 0 : await AdvanceAsync(rows, 0, cancellation);
        var pieces = begin == rows.Count ? [] : await WriteAsync(rows, begin, cancellation);
        var counted = await AdvanceAsync(rows, rows.Count, cancellation);
        return new Applied(restoring && pieces.Any(piece => piece.First < rows.Count) ? 0 : counted, [.. pieces.Select(piece => piece.Partition).OfType<int>()]);
    }

    private async Task<Written[]> WriteAsync(PushedRows rows, int first, CancellationToken cancellation)
    {
        var written = await Task.WhenAll(script.Pieces(WriteBatch.Of(rows, first)).Select(piece => WriteAsync(rows, piece, cancellation)));
        metrics.StaleWrites(rows.Target.Source.Name, written.Sum(piece => piece.StaleRows));
        return written;
    }

    /// <summary>Runs the script once, and once more for each time the producer's offset turns out to be further on.</summary>
    private async Task<Written> WriteAsync(PushedRows rows, WriteBatch? piece, CancellationToken cancellation)
    {
        var partition = piece!.Partition;
        while (piece is not null)
        {
            var (next, staleRows) = await script.RunAsync(piece, cancellation);
            if (next < 0) { return new Written(partition, rows.Count - piece.Count, staleRows); }
            var first = (int)Math.Min(rows.Count, next - rows.Offsets!.First);
            piece = first == rows.Count ? null : script.Pieces(WriteBatch.Of(rows, first)).FirstOrDefault(other => other.Partition == partition && other.Offsets is not null);
        }
        return new Written(partition, rows.Count, 0);
    }

    /// <returns>How many of the rows the producer's next offset was past.</returns>
    private async Task<int> AdvanceAsync(PushedRows rows, int to, CancellationToken cancellation)
    {
        var (producer, first) = rows.Offsets!;
        return (int)Math.Clamp(await script.AdvanceAsync(rows.Target.Keys, producer, first + to, cancellation) - first, 0, rows.Count);
    }

    /// <param name="First">The first row that was written; the number of rows when none was.</param>
    private readonly record struct Written(int? Partition, int First, int StaleRows);
}

/// <summary>What came of a push.</summary>
/// <param name="Skipped">How many of the rows had been counted before.</param>
/// <param name="Partitions">Partitions of a cluster that were written, or were found to have the rows.</param>
internal sealed record Applied(int Skipped, IReadOnlyList<int> Partitions);
