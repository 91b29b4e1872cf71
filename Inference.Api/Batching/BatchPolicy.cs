namespace MlAspire.Inference.Api.Batching;

/// <summary>Decides how many of the waiting requests run together. Pure.</summary>
/// <param name="MaxRows">Rows of one run; 0 = every request runs alone.</param>
/// <param name="PreferredSizes">Rows worth waiting for; empty = <paramref name="MaxRows"/>.</param>
internal sealed record BatchPolicy(int MaxRows, IReadOnlyList<int> PreferredSizes)
{
    /// <param name="rows">Rows of the waiting requests that could run together, in the order they will be taken; not empty.</param>
    /// <param name="delayOver">The oldest of them has waited as long as it may be held back.</param>
    /// <returns>How many of them to run now: the largest preferred size that they add up to exactly, else all that fit; 0 = wait for more.</returns>
    public int Take(IReadOnlyList<long> rows, bool delayOver)
    {
        if (MaxRows == 0)
        {
            return 1;
        }

        long total = 0;
        var fit = 0;
        var preferred = 0;
        while (fit < rows.Count && total + rows[fit] <= MaxRows)
        {
            total += rows[fit++];
            if (PreferredSizes.Contains((int)total))
            {
                preferred = fit;
            }
        }

        var enough = PreferredSizes.Count > 0 ? PreferredSizes.Max() : MaxRows;
        return !delayOver && total < enough && fit == rows.Count ? 0
            : preferred > 0 ? preferred
            : fit;
    }
}
