namespace MlAspire.FeatureStore.Csv;

/// <summary>What is wrong with a CSV file, with line and column.</summary>
internal sealed class CsvException : Exception
{
    public CsvException(string message) : base(message) { }

    /// <param name="line">1-based.</param>
    /// <param name="column">1-based.</param>
    public CsvException(string file, int line, int column, string problem) : this($"{file}, line {line}, column {column} {problem}.") { }

    /// <param name="line">1-based.</param>
    /// <param name="column">Name of the column.</param>
    public CsvException(string file, int line, string column, string problem) : this($"{file}, line {line}, column '{column}' {problem}.") { }
}
