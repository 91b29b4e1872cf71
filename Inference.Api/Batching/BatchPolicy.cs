namespace MlAspire.Inference.Api.Batching;

/// <summary>Decides how many of the waiting requests run together. Pure.</summary>
/// <param name="MaxRows">Rows of one run; 0 = every request runs alone.</param>
/// <param name="PreferredSizes">Rows worth running at once; empty = <paramref name="MaxRows"/> alone.</param>
internal sealed record BatchPolicy(int MaxRows, IReadOnlyList<int> PreferredSizes)
{
    /// <summary>Every request by itself.</summary>
    public static BatchPolicy Alone { get; } = new(0, []);

    private readonly int largest = PreferredSizes.DefaultIfEmpty(MaxRows).Max();

    /// <param name="rows">Rows of the waiting requests that could run together, in the order they will be taken; not empty.</param>
    /// <param name="others">One of another shape waits too: what could run together does not wait for more.</param>
    /// <param name="delay">Of the oldest of them.</param>
    /// <returns>How many of them to run now: up to the last preferred size that they meet, or, once <paramref name="delay"/> is over, all that fit; 0 = wait for more.</returns>
    /// <remarks>Source: <see href="https://github.com/triton-inference-server/core/blob/main/src/dynamic_batch_scheduler.cc">Triton</see>, GetDynamicBatch; without preferred sizes its only one is <see cref="MaxRows"/>.
    /// As there, those before the one that goes beyond the largest preferred size are as good as a preferred size when none has been met.</remarks>
    public int Take(IReadOnlyList<long> rows, bool others, QueueDelay delay)
    {
        if (MaxRows == 0)
        {
            return 1;
        }

        var (total, fit, preferred) = (0L, 0, 0);
        while (fit < rows.Count && total + rows[fit] <= MaxRows)
        {
            preferred = total > 0 && total + rows[fit] > largest && preferred == 0 ? fit : preferred;
            total += rows[fit++];
            preferred = total == largest || PreferredSizes.Contains((int)total) ? fit : preferred;
        }

        var isFull = fit < rows.Count || total >= largest;
        return preferred > 0 && delay != QueueDelay.Over ? preferred
            : isFull || others || delay != QueueDelay.Left ? fit
            : 0;
    }
}
