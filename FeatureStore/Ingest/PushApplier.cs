using MlAspire.FeatureStore.Diagnostics;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writes checked rows to Redis.</summary>
internal sealed class PushApplier(PushScript script, FeatureStoreMetrics metrics)
{
    /// <summary>How many of the rows had been counted before. Runs the script once, and once more for each time the producer's offset turns out to be further on.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<int> ApplyAsync(PushedRows rows, CancellationToken cancellation)
    {
        var first = 0;
        while (first < rows.Count)
        {
            var (next, staleRows) = await script.RunAsync(WriteBatch.Of(rows, first), cancellation);
            if (next < 0)
            {
                metrics.StaleWrites(rows.Target.Source.Name, staleRows);
                return first;
            }
            first = (int)Math.Min(rows.Count, next - rows.Offsets!.First);
        }
        return first;
    }
}
