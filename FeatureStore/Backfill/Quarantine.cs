using System.Globalization;
using MlAspire.FeatureStore.Csv;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Backfill;

/// <summary>The rows that a store refused, as a CSV file: <c>offset,line,reason,row</c>. Made when the first one comes; at most <see cref="MaxRows"/>.</summary>
internal sealed class Quarantine
{
    /// <summary>With more, the file is not what it should be, and the backfill ends.</summary>
    public const int MaxRows = 1_000;

    private const string Heading = "offset,line,reason,row";
    private readonly string path;

    /// <param name="nextOffset">Rows from here on are pushed again, so what is known of them is dropped.</param>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public Quarantine(string path, long nextOffset)
    {
        this.path = path;
        if (!File.Exists(path))
        {
            return;
        }
        List<string> kept = [];
        using (var reader = new StreamReader(path))
        {
            var records = new CsvRecords(reader, Path.GetFileName(path));
            while (records.Read())
            {
                if (long.TryParse(records.Fields[0].Span, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) && offset < nextOffset)
                {
                    kept.Add(records.Record.ToString());
                }
            }
        }
        File.WriteAllLines(path, [Heading, .. kept]);
        Count = kept.Count;
    }

    public int Count { get; private set; }

    /// <exception cref="ServiceError">InvalidArgument: there are <see cref="MaxRows"/> already.</exception>
    public void Add(BackfillRow row, string reason)
    {
        if (Count == MaxRows)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"{MaxRows} rows are in quarantine already; line {row.Line}: {reason}.");
        }
        if (!File.Exists(path))
        {
            File.WriteAllText(path, $"{Heading}\n");
        }
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{row.Offset},{row.Line},{CsvText.Quoted(reason)},{CsvText.Quoted(row.Record)}\n"));
        Count++;
    }
}
