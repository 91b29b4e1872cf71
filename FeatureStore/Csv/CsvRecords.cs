using System.Text;

namespace MlAspire.FeatureStore.Csv;

/// <summary>Streams the records of a CSV file (RFC 4180: fields in quotation marks may hold commas, line breaks and doubled quotation marks). What was read stays for who keeps it; this keeps one record. Empty lines are skipped.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</see>. A line feed alone ends a record too.</remarks>
internal sealed class CsvRecords(TextReader reader, string file)
{
    /// <summary>Characters of one record; beyond, the file is refused: a quotation mark that is never closed would take the rest of it.</summary>
    public const int MaxRecordLength = 1 << 20;

    private const int BufferLength = 1 << 15; // a larger one would live until the garbage collector looks at everything

    private readonly List<ReadOnlyMemory<char>> fields = [];
    private readonly HashSet<int> quoted = [];
    private char[] buffer = new char[BufferLength];
    private int start;
    private int length;
    private int filled;
    private int nextStart;
    private int nextLine = 1;

    /// <summary>Line on which the current record begins, 1-based.</summary>
    public int Line { get; private set; }

    /// <summary>The current record as it stands in the file, without its end of line.</summary>
    public ReadOnlyMemory<char> Record => buffer.AsMemory(start, length);

    /// <summary>Those of the current record. The list is that of the next one, too.</summary>
    public IReadOnlyList<ReadOnlyMemory<char>> Fields => fields;

    /// <summary>Whether a field of the current record stands in quotation marks, which an empty text has and a missing value has not.</summary>
    public bool IsQuoted(int field) => quoted.Contains(field);

    /// <summary>Moves to the next record; false at the end.</summary>
    /// <exception cref="CsvException">A record is too long, or a quotation mark is not closed or has text behind it.</exception>
    public bool Read()
    {
        do
        {
            (start, length, Line) = (nextStart, 0, nextLine);
            if (!ReadLine())
            {
                return false;
            }
        }
        while (length == 0);
        fields.Clear();
        quoted.Clear();
        if (Record.Span.Contains('"'))
        {
            SplitQuoted();
        }
        else
        {
            Split();
        }
        return true;
    }

    /// <summary>Takes the next line into the record; false at the end.</summary>
    private bool ReadLine()
    {
        var (searched, end) = (nextStart - start, -1);
        while (end < 0)
        {
            end = buffer.AsSpan(start + searched, filled - start - searched).IndexOf('\n');
            if (end >= 0)
            {
                end += start + searched;
            }
            else
            {
                searched = filled - start;
                if (Fill())
                {
                    continue;
                }
                if (nextStart == filled)
                {
                    return false;
                }
                end = filled;
            }
        }
        nextStart = Math.Min(end + 1, filled);
        nextLine++;
        length = end - start;
        if (length > 0 && buffer[end - 1] == '\r')
        {
            length--;
        }
        return length <= MaxRecordLength ? true : throw TooLong();
    }

    /// <summary>Reads more characters behind the record, which moves to another buffer when this one is full; false at the end.</summary>
    private bool Fill()
    {
        if (filled - start > MaxRecordLength + 1) // one more may be a carriage return
        {
            throw TooLong();
        }
        if (filled == buffer.Length)
        {
            var other = new char[Math.Max(BufferLength, 2 * (filled - start))];
            buffer.AsSpan(start, filled - start).CopyTo(other);
            (buffer, start, nextStart, filled) = (other, 0, nextStart - start, filled - start);
        }
        var read = reader.Read(buffer.AsSpan(filled));
        filled += read;
        return read > 0;
    }

    private CsvException TooLong() => new($"{file}, line {Line} has a record of more than {MaxRecordLength} characters.");

    private void Split()
    {
        var rest = Record.Span;
        var at = start;
        for (int comma; (comma = rest.IndexOf(',')) >= 0; rest = rest[(comma + 1)..])
        {
            fields.Add(new ReadOnlyMemory<char>(buffer, at, comma));
            at += comma + 1;
        }
        fields.Add(new ReadOnlyMemory<char>(buffer, at, rest.Length));
    }

    private void SplitQuoted()
    {
        for (var at = 0; at <= length; at++)
        {
            if (at < length && Record.Span[at] == '"')
            {
                at = ReadQuoted(at + 1);
                continue;
            }
            var plain = Record[at..];
            plain = plain.Span.IndexOf(',') is >= 0 and var comma ? plain[..comma] : plain;
            fields.Add(plain);
            at += plain.Length;
        }
    }

    /// <summary>Reads the field that begins at <paramref name="at"/> behind its quotation mark; returns where its comma or the end is.</summary>
    private int ReadQuoted(int at)
    {
        var text = new StringBuilder();
        while (true)
        {
            var quote = Record.Span[at..].IndexOf('"');
            if (quote < 0)
            {
                if (!ReadLine())
                {
                    throw new CsvException(file, Line, fields.Count + 1, "has a quotation mark that is not closed");
                }
                continue;
            }
            text.Append(Record.Span.Slice(at, quote));
            at += quote + 1;
            if (at == length || Record.Span[at] == ',')
            {
                break;
            }
            if (Record.Span[at] != '"')
            {
                throw new CsvException(file, Line, fields.Count + 1, "has text behind its closing quotation mark");
            }
            text.Append('"');
            at++;
        }
        quoted.Add(fields.Count);
        fields.Add(text.ToString().AsMemory());
        return at;
    }
}
