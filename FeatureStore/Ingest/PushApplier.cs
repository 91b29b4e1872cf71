namespace MlAspire.FeatureStore.Ingest;

/// <summary>Adds checked rows to Redis.</summary>
internal sealed class PushApplier(PushScript script)
{
    /// <summary>How many of the rows had been counted before. Runs the script once, and once more for each time the producer's offset turns out to be further on.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<int> ApplyAsync(PushedRows rows, CancellationToken cancellation)
    {
        var first = 0;
        while (first < rows.Count)
        {
            var next = await script.RunAsync(rows, first, cancellation);
            if (next < 0) { return first; }
            first = (int)Math.Min(rows.Count, next - rows.Offsets!.First);
        }
        return first;
    }
}
