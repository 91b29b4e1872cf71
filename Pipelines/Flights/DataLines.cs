using System.Globalization;
using System.IO.Compression;

namespace MlAspire.Pipelines.Flights;

/// <summary>Streams the lines of a CSV file (gzip when it ends in .gz) as fields, with one line in memory.</summary>
/// <remarks>The files have no quoted fields. A line with another number of fields than the heading is a problem and is skipped.</remarks>
internal sealed class DataLines : IDisposable
{
    private readonly StreamReader reader;
    private readonly string file;
    private readonly DataProblems problems;
    private readonly Range[] fields;
    private string line = "";
    private int number;

    public DataLines(string path, string heading, DataProblems problems)
    {
        file = Path.GetFileName(path);
        this.problems = problems;
        fields = new Range[heading.AsSpan().Count(',') + 2];
        Stream stream = File.OpenRead(path);
        reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        number = 1;
        if (reader.ReadLine() is not { } first || first != heading)
        {
            Problem($"the heading is not '{heading}'");
        }
    }

    /// <summary>A field of the current line.</summary>
    public ReadOnlySpan<char> this[int field] => line.AsSpan()[fields[field]];

    /// <summary>Moves to the next line with the right number of fields; false at the end of the file.</summary>
    public bool Read()
    {
        while (ReadLine())
        {
            number++;
            var count = line.AsSpan().Split(fields, ',');
            if (count == fields.Length - 1)
            {
                return true;
            }
            Problem($"{count} field(s) instead of {fields.Length - 1}");
        }
        return false;
    }

    /// <summary>A field as a whole number in [<paramref name="min"/>, <paramref name="max"/>]; null after noting the problem.</summary>
    public int? Number(int field, string name, int min, int max)
    {
        if (int.TryParse(this[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }
        Problem($"{name} '{this[field]}' is not a whole number from {min} to {max}");
        return null;
    }

    /// <summary>A field as one of the airports; null after noting the problem.</summary>
    public Airport? Airport(int field, Dictionary<string, Airport> airports)
    {
        if (airports.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(this[field], out var airport))
        {
            return airport;
        }
        Problem($"airport '{this[field]}' is not in airports.csv");
        return null;
    }

    public void Problem(string reason) => problems.Add(file, number, reason);

    public void Dispose() => reader.Dispose();

    private bool ReadLine()
    {
        try
        {
            line = reader.ReadLine() ?? "";
            return line.Length > 0 || !reader.EndOfStream;
        }
        catch (InvalidDataException cut)
        {
            number++;
            Problem($"cannot be unpacked: {cut.Message}");
            return false;
        }
    }
}
