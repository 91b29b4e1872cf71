using System.IO.Compression;
using MlAspire.FeatureStore.Csv;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Backfill;

/// <summary>Streams the rows of a CSV file with the columns of a push source.</summary>
internal sealed class BackfillFile : IDisposable
{
    private readonly StreamReader reader;
    private readonly CsvRecords records;
    private readonly string file;
    private readonly int[] columns;
    private readonly int count;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CsvException">The heading lacks a column, or has one twice.</exception>
    public BackfillFile(string path, PushSource source)
    {
        file = Path.GetFileName(path);
        Stream stream = File.OpenRead(path);
        reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        records = new CsvRecords(reader, file);
        string[] heading = records.Read() ? [.. records.Fields.Select(field => field.ToString())] : [];
        count = heading.Length;
        columns = [.. source.Fields.Select(field => field.Name).Prepend(source.EventTime).Select(name => Array.IndexOf(heading, name) is var at and >= 0 && Array.LastIndexOf(heading, name) == at
            ? at
            : throw new CsvException($"{file}, line 1: the heading must have the column '{name}' once."))];
    }

    /// <summary>The rows in file order. A row with another number of columns has no values: the store will say what it lacks.</summary>
    /// <exception cref="CsvException">A quotation mark is wrong; no row behind it can be told.</exception>
    public IEnumerable<BackfillRow> Rows()
    {
        for (var offset = 0L; records.Read(); offset++)
        {
            var whole = records.Fields.Count == count;
            yield return new BackfillRow(offset, records.Line, Array.ConvertAll(columns, column => whole && (records.Fields[column].Length > 0 || records.IsQuoted(column)) ? records.Fields[column].ToString() : null), records.Record.ToString());
        }
    }

    public void Dispose() => reader.Dispose();
}
