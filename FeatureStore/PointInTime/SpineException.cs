namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What is wrong with a spine, with file, line and column.</summary>
internal sealed class SpineException : Exception
{
    public SpineException(string message) : base(message) { }

    /// <param name="line">1-based.</param>
    /// <param name="column">1-based.</param>
    public SpineException(string file, int line, int column, string problem) : this($"{file}, line {line}, column {column} {problem}.") { }

    /// <param name="line">1-based.</param>
    /// <param name="column">Name of the column.</param>
    public SpineException(string file, int line, string column, string problem) : this($"{file}, line {line}, column '{column}' {problem}.") { }
}
