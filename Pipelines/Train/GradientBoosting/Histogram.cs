namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>Sums over the rows of one bin, or of any set of rows.</summary>
/// <param name="First">Sum of first derivatives, units of 1 / <see cref="Gradients.Scale"/>.</param>
/// <param name="Second">Sum of second derivatives, the same units.</param>
/// <param name="Rows">Number of rows.</param>
public record struct Sums(long First, long Second, int Rows)
{
    public static Sums operator +(Sums a, Sums b) => new(a.First + b.First, a.Second + b.Second, a.Rows + b.Rows);

    public static Sums operator -(Sums a, Sums b) => new(a.First - b.First, a.Second - b.Second, a.Rows - b.Rows);

    /// <summary>Sum of hessians as a number.</summary>
    public readonly double Weight => Second / Gradients.Scale;

    /// <summary>G² / (H + λ): twice the loss a leaf of these rows takes away. 0 for no rows.</summary>
    /// <remarks>Source: Chen and Guestrin, XGBoost, 2016, <see href="https://arxiv.org/abs/1603.02754"/>, eq. (6).</remarks>
    public readonly double Score(double l2)
    {
        var gradient = First / Gradients.Scale;
        return Rows == 0 ? 0 : gradient * gradient / (Weight + l2);
    }

    /// <summary>−G / (H + λ): the step in log-odds that is best for these rows.</summary>
    /// <remarks>Source: the same, eq. (5).</remarks>
    public readonly double Step(double l2) => -First / Gradients.Scale / (Weight + l2);
}

/// <summary>For every column, the sums of each of its bins over the rows of one leaf.</summary>
public sealed class Histogram(TrainingMatrix matrix)
{
    private readonly Sums[][] columns = [.. Enumerable.Range(0, matrix.Columns).Select(column => new Sums[matrix.Feature(column).Missing + 1])];

    /// <summary>The bins of a column; the last is that of the missing values.</summary>
    public ReadOnlySpan<Sums> Column(int column) => columns[column];

    /// <summary>Sets the sums to those of the given rows; one column a task.</summary>
    public void Fill(ReadOnlyMemory<int> rows, Gradients gradients)
    {
        var (first, second) = Gather(rows.Span, gradients);
        Parallel.For(0, columns.Length, column =>
        {
            Array.Clear(columns[column]);
            Add(columns[column], matrix.Bins(column), rows.Span, first, second);
        });
    }

    /// <summary>Sets the sums to those of <paramref name="parent"/>'s rows that are not <paramref name="sibling"/>'s. This may be the parent itself.</summary>
    public void SetDifference(Histogram parent, Histogram sibling)
    {
        for (var column = 0; column < columns.Length; column++)
        {
            for (var bin = 0; bin < columns[column].Length; bin++)
            {
                columns[column][bin] = parent.columns[column][bin] - sibling.columns[column][bin];
            }
        }
    }

    /// <summary>Every column reads the derivatives of the same rows: side by side they are read once from far memory, not once a column.</summary>
    private static (int[] First, int[] Second) Gather(ReadOnlySpan<int> rows, Gradients gradients)
    {
        if (rows.Length == gradients.First.Length)
        {
            return (gradients.First, gradients.Second);
        }
        var (first, second) = (new int[rows.Length], new int[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            first[i] = gradients.First[rows[i]];
            second[i] = gradients.Second[rows[i]];
        }
        return (first, second);
    }

    private static void Add(Sums[] sums, byte[] bins, ReadOnlySpan<int> rows, int[] first, int[] second)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            ref var sum = ref sums[bins[rows[i]]];
            sum.First += first[i];
            sum.Second += second[i];
            sum.Rows++;
        }
    }
}
