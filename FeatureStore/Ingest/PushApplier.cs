using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes checked rows to Redis.</summary>
internal sealed class PushApplier(PushScript script, RedisCommands redis, RowQuarantine quarantine, SourceTimes times, FeatureStoreMetrics metrics)
{
    private const int MaxProducers = 1_024;

    // Guards itself: what this replica has written of a producer to a cluster, by the name of its offsets. A partition gets it with what follows, so that its ranges have no gaps for rows of other partitions.
    private readonly Dictionary<string, CountedOffsets> written = new(StringComparer.Ordinal);

    // Guarded by written: since when, by the log's sequence, all rows of a source without a producer are applied to a view that counts by itself. What is before that is for a materialization.
    private readonly Dictionary<string, (string Source, long First)> begun = new(StringComparer.Ordinal);

    /// <summary>Some of Redis is lost: what was written may not be there.</summary>
    public void Forget()
    {
        lock (written)
        {
            written.Clear();
            begun.Clear();
        }
    }

    /// <summary>Writes what of the rows was not counted before, and says what came of it in the views that share a count.</summary>
    /// <param name="restoring">Some of Redis is lost: what a partition of a cluster still has is told by its own offsets alone.</param>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<Applied> ApplyAsync(PushedRows rows, bool restoring, CancellationToken cancellationToken)
    {
        if (rows.SetAside.Count > 0)
        {
            await quarantine.RestoreAsync(rows.Target.Keys, rows.SetAside.Values, cancellationToken);
        }
        var parts = rows.Target.Parts;
        var applied = await WriteAsync(rows with { Target = parts[0] }, restoring, cancellationToken);
        if (parts.Count == 1)
        {
            NotApplied(rows.Target.Source.Name);
        }
        foreach (var own in parts.Skip(1))
        {
            applied = applied with { Logged = [.. applied.Logged, .. (await WriteAsync(SinceBegun(rows with { Target = own }), restoring, cancellationToken)).Logged] };
        }
        times.Taken(rows.Target.Source.Name, rows.Idle.Count == 0 ? rows.EventTimes : [.. rows.Changing.Select(row => rows.EventTimes[row])]);
        return applied;
    }

    /// <summary>Writes what of the rows was not counted before to one of the <see cref="PushTarget.Parts"/> of a target.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<Applied> WriteAsync(PushedRows rows, bool restoring, CancellationToken cancellationToken)
    {
        var within = EventIdBatch.Repeated(rows).ToList();
        if (within.Count > 0)
        {
            rows = rows.WithIdle(within);
        }
        if (!redis.IsCluster || rows.Offsets is not { } offsets)
        {
            var all = await WriteAsync(rows, cancellationToken);
            var repeated = all.SelectMany(piece => piece.Repeated).Distinct().Count();
            return new Applied(rows.Offsets is null ? 0 : rows.ChangingCount - repeated - all.Sum(piece => piece.Rows), within.Count + repeated, [.. all.Select(piece => piece.Logged).OfType<LogPosition>()]);
        }
        // What all partitions have is asked for before the pieces, and told after them, since until then they may be written in some only.
        var counted = restoring ? new CountedOffsets() : await script.CountedAsync(rows.Target.Keys, offsets.Producer, null, cancellationToken);
        var parts = counted.Open(offsets.First, rows.Count);
        var pieces = new List<Written>();
        foreach (var part in parts)
        {
            pieces.AddRange((await WriteAsync(WithBefore(rows.Of(part)), cancellationToken)).Select(piece => piece.From(part.Start.Value)));
        }
        var noting = NoteAsync(rows, cancellationToken);
        if (parts.Count > 0)
        {
            counted = await script.CountAsync(rows.Target.Keys, offsets, rows.Count, cancellationToken);
        }
        var logged = pieces.Select(piece => piece.Logged).Append(await noting);
        Remember(rows);
        var twice = pieces.SelectMany(piece => piece.Repeated).ToHashSet();
        var skipped = rows.Changing.Count(row => !twice.Contains(row) && counted.Has(offsets.First + row));
        return new Applied(restoring && pieces.Exists(piece => piece.Rows > 0) ? 0 : skipped, within.Count + twice.Count, [.. logged.OfType<LogPosition>()]);
    }

    private async Task<LogPosition?> NoteAsync(PushedRows rows, CancellationToken cancellationToken)
    {
        var batch = WriteBatch.OfOffsets(rows, null);
        if (batch.Logged is not { } logged)
        {
            return null;
        }
        await script.NoteAsync(rows.Target.Keys, logged, batch.Must, cancellationToken);
        return logged;
    }

    private PushedRows SinceBegun(PushedRows rows)
    {
        if (rows.Offsets is not { Before.To: > 0 } offsets)
        {
            return rows;
        }
        var key = rows.Target.Keys.Offsets(offsets.Producer, null);
        lock (written)
        {
            begun.TryAdd(key, (rows.Target.Source.Name, offsets.First));
            return rows with { Offsets = offsets with { Before = new OffsetRange(begun[key].First, offsets.First) } };
        }
    }

    /// <summary>Rows were checked when the registry had no view of their source that counts by itself: none has them.</summary>
    private void NotApplied(string source)
    {
        lock (written)
        {
            foreach (var (key, since) in begun)
            {
                if (since.Source == source)
                {
                    begun.Remove(key);
                }
            }
        }
    }

    private PushedRows WithBefore(PushedRows rows)
    {
        var offsets = rows.Offsets!;
        lock (written)
        {
            return offsets.Before.To > 0 || !written.TryGetValue(rows.Target.Keys.Offsets(offsets.Producer, null), out var known) ? rows : rows with { Offsets = offsets with { Before = known.Before(offsets.First) } };
        }
    }

    private void Remember(PushedRows rows)
    {
        var (offsets, key) = (rows.Offsets!, rows.Target.Keys.Offsets(rows.Offsets!.Producer, null));
        lock (written)
        {
            if (written.Count == MaxProducers)
            {
                written.Clear();
            }
            if (!written.TryGetValue(key, out var known))
            {
                written[key] = known = new CountedOffsets();
            }
            known.Add(new OffsetRange(offsets.First, offsets.First + rows.Count));
        }
    }

    private async Task<IReadOnlyList<Written>> WriteAsync(PushedRows rows, CancellationToken cancellationToken) =>
        await Task.WhenAll(script.Pieces(WriteBatch.Of(rows)).Select(piece => WriteAsync(rows, piece, cancellationToken)));

    /// <summary>Writes a piece of a push, but for what turns out to be counted.</summary>
    private async Task<Written> WriteAsync(PushedRows rows, WriteBatch piece, CancellationToken cancellationToken)
    {
        var result = await script.RunAsync(piece, cancellationToken);
        metrics.StaleWrites(rows.Target.Source.Name, result.StaleRows);
        metrics.ClosedGaps(rows.Target.Source.Name, result.ClosedGaps);
        if (result.Repeated.Count > 0)
        {
            var fresh = await RestAsync(rows.WithIdle(result.Repeated), piece.Partition, cancellationToken);
            return fresh with { Repeated = [.. result.Repeated, .. fresh.Repeated] };
        }
        if (result.Counted is not { } counted)
        {
            return new Written(rows.ChangingCount, piece.Logged, []);
        }
        var rest = new Written(0, piece.Logged, []);
        foreach (var part in counted.Open(rows.Offsets!.First, rows.Count))
        {
            var written = (await RestAsync(rows.Of(part), piece.Partition, cancellationToken)).From(part.Start.Value);
            rest = new Written(rest.Rows + written.Rows, written.Logged, [.. rest.Repeated, .. written.Repeated]);
        }
        return rest;
    }

    /// <summary>Writes what of some rows goes to a partition, and were it their offsets alone: whoever sends or applies them again, when their events' ids are forgotten, finds them counted.</summary>
    private Task<Written> RestAsync(PushedRows rows, int? partition, CancellationToken cancellationToken) =>
        WriteAsync(rows, script.Pieces(WriteBatch.Of(rows)).FirstOrDefault(piece => piece.Partition == partition) ?? WriteBatch.OfOffsets(rows, partition), cancellationToken);

    /// <param name="Rows">How many of the push's rows are counted by it.</param>
    /// <param name="Logged">Up to where the partition says that the log is applied to it.</param>
    /// <param name="Repeated">Positions of rows whose events had been counted before.</param>
    private sealed record Written(int Rows, LogPosition? Logged, IReadOnlyList<int> Repeated)
    {
        /// <summary>The same of more rows, among which these begin at a position.</summary>
        public Written From(int start) => start == 0 ? this : this with { Repeated = [.. Repeated.Select(row => row + start)] };
    }
}

/// <summary>What came of a push.</summary>
/// <param name="Skipped">How many of the rows had been counted before, by their offsets.</param>
/// <param name="Repeated">How many more were of events that had been counted before.</param>
/// <param name="Logged">Up to where Redis says that the log is applied: of a cluster also in each partition that was written, or was found to have the rows.</param>
internal sealed record Applied(int Skipped, int Repeated, IReadOnlyList<LogPosition> Logged);
