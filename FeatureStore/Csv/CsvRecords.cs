using System.Text;

namespace MlAspire.FeatureStore.Csv;

/// <summary>Streams the records of a CSV file (RFC 4180: fields in quotation marks may hold commas, line breaks and doubled quotation marks), one in memory. Empty lines are skipped.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</see>. A line feed alone ends a record too.</remarks>
internal sealed class CsvRecords(TextReader reader, string file)
{
    /// <summary>Characters of one record; beyond, the file is refused: a quotation mark that is never closed would take the rest of it.</summary>
    public const int MaxRecordLength = 1 << 20;

    private readonly List<string> fields = [];
    private int next = 1;

    /// <summary>Line on which the current record begins, 1-based.</summary>
    public int Line { get; private set; }

    /// <summary>The current record as it stands in the file, without its end of line.</summary>
    public string Record { get; private set; } = "";

    public IReadOnlyList<string> Fields => fields;

    /// <summary>Moves to the next record; false at the end.</summary>
    /// <exception cref="CsvException">A quotation mark is not closed, or has text behind it.</exception>
    public bool Read()
    {
        do
        {
            Line = next;
            if (reader.ReadLine() is not { } line) { return false; }
            next++;
            Record = line;
        }
        while (Record.Length == 0);
        fields.Clear();
        if (Record.Contains('"', StringComparison.Ordinal)) { SplitQuoted(); }
        else { fields.AddRange(Record.Split(',')); }
        return true;
    }

    private void SplitQuoted()
    {
        for (var at = 0; at <= Record.Length; at++)
        {
            if (at < Record.Length && Record[at] == '"')
            {
                at = ReadQuoted(at + 1);
                continue;
            }
            var comma = Record.IndexOf(',', at);
            var end = comma < 0 ? Record.Length : comma;
            fields.Add(Record[at..end]);
            at = end;
        }
    }

    /// <summary>Reads the field that begins at <paramref name="at"/> behind its quotation mark; returns where its comma or the end is.</summary>
    private int ReadQuoted(int at)
    {
        var text = new StringBuilder();
        while (true)
        {
            var quote = Record.IndexOf('"', at);
            if (quote < 0)
            {
                Continue();
                continue;
            }
            text.Append(Record, at, quote - at);
            at = quote + 1;
            if (at == Record.Length || Record[at] == ',') { break; }
            if (Record[at] != '"') { throw new CsvException(file, Line, fields.Count + 1, "has text behind its closing quotation mark"); }
            text.Append('"');
            at++;
        }
        fields.Add(text.ToString());
        return at;
    }

    private void Continue()
    {
        if (reader.ReadLine() is not { } line || Record.Length + line.Length > MaxRecordLength) { throw new CsvException(file, Line, fields.Count + 1, "has a quotation mark that is not closed"); }
        next++;
        Record = $"{Record}\n{line}";
    }
}
