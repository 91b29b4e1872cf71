namespace MlAspire.Pipelines.Train;

/// <summary>Rows of the model's input with what became of them.</summary>
/// <param name="columns">Length of a row.</param>
internal sealed class RowSet(int columns)
{
    private float[] values = [];
    private readonly List<bool> labels = [];

    public int Rows => labels.Count;

    public int Columns => columns;

    /// <summary>A row, shape [columns]; NaN = missing.</summary>
    public ReadOnlySpan<float> Row(int row) => Block(row, 1);

    /// <summary>Rows one after another, shape [count × columns].</summary>
    public ReadOnlySpan<float> Block(int start, int count) => values.AsSpan(start * columns, count * columns);

    /// <summary>Whether each row's flight was late, shape [rows].</summary>
    public bool[] Labels() => [.. labels];

    /// <summary>Makes room for one more row, and gives it to be filled.</summary>
    public Span<float> Add(bool label)
    {
        var start = labels.Count * columns;
        if (start + columns > values.Length)
        {
            Array.Resize(ref values, Math.Max(1024 * columns, values.Length * 2));
        }
        labels.Add(label);
        return values.AsSpan(start, columns);
    }

    /// <summary>The values column by column, shape [columns][rows].</summary>
    /// <param name="count">How many columns, from the first.</param>
    public float[][] ByColumn(int count)
    {
        var result = new float[count][];
        for (var column = 0; column < count; column++)
        {
            result[column] = new float[Rows];
            for (var row = 0; row < Rows; row++)
            {
                result[column][row] = values[(row * columns) + column];
            }
        }
        return result;
    }
}
