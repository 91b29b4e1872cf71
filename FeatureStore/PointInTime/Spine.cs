using System.Globalization;
using System.IO.Compression;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Csv;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A CSV file (gzip when it ends in .gz) with a heading: the entity columns of a feature service, what its transforms take with a request (empty = null), <c>event_time</c>, and whatever else. All is passed through.</summary>
internal sealed class Spine : IDisposable
{
    public const string TimeColumn = "event_time";

    private readonly string file;
    private readonly StreamReader reader;
    private readonly CsvRecords records;
    private readonly string[] entityColumns;
    private readonly FieldType[] entityTypes;
    private readonly IReadOnlyList<Field> request;
    private readonly int[] entities;
    private readonly int[] inputs;
    private readonly int time;
    private readonly int columns;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CsvException">The heading lacks a column, or has one twice.</exception>
    public Spine(string path, ServiceAggregation service)
    {
        file = Path.GetFileName(path);
        (entityColumns, entityTypes, request) = (service.EntityColumns, service.EntityTypes, service.Service.Request);
        Stream stream = File.OpenRead(path);
        reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream, bufferSize: 1 << 16);
        records = new CsvRecords(reader, file);
        if (!records.Read())
        {
            throw new CsvException($"{file} is empty; its first line names the columns: {string.Join(", ", entityColumns.Concat(service.InputColumns))} and {TimeColumn}.");
        }
        string[] heading = [.. records.Fields.Select(field => field.ToString())];
        columns = heading.Length;
        Heading = records.Record.ToString();
        entities = Array.ConvertAll(entityColumns, column => At(heading, column));
        inputs = Array.ConvertAll(service.InputColumns, column => At(heading, column));
        time = At(heading, TimeColumn);
    }

    /// <summary>The first line as it stands in the file.</summary>
    public string Heading { get; }

    /// <summary>The rows in file order.</summary>
    /// <exception cref="CsvException">A row is wrong; names line and column.</exception>
    public IEnumerable<SpineRow> Rows()
    {
        for (var index = 0L; records.Read(); index++)
        {
            if (records.Fields.Count != columns)
            {
                throw new CsvException($"{file}, line {records.Line} has {records.Fields.Count} columns where the heading has {columns}.");
            }
            if (!EventTime.TryParse(records.Fields[time].Span, out var moment))
            {
                throw new CsvException(file, records.Line, TimeColumn, EventTime.Expected);
            }
            var values = new ReadOnlyMemory<char>[entities.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Entity(i);
            }
            var numbers = inputs.Length == 0 ? [] : new double[inputs.Length];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = Input(i);
            }
            yield return new SpineRow(index, moment, values, records.Record, numbers);
        }
    }

    public void Dispose() => reader.Dispose();

    private ReadOnlyMemory<char> Entity(int index)
    {
        var value = records.Fields[entities[index]];
        return IsKey(value.Span, entityTypes[index]) ? value : throw new CsvException(file, records.Line, entityColumns[index], entityTypes[index] switch
        {
            FieldType.String => $"must be a text of 1 to {EntityValue.MaxLength} characters",
            FieldType.Int64 => "must be a whole number of 64 bits, as 1001",
            _ => "must be a whole number of 32 bits, as 1001",
        });
    }

    /// <summary>By the rule of requests; NaN = null.</summary>
    private double Input(int index)
    {
        var text = records.Fields[inputs[index]].Span;
        var type = request[index].Type;
        if (text.IsEmpty)
        {
            return double.NaN;
        }
        var number = type == FieldType.Bool && bool.TryParse(text, out var truth) ? (truth ? 1 : 0)
            : double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var given) ? given : double.NaN;
        return RequestInputs.Of(type, number) ?? throw new CsvException(file, records.Line, request[index].Name, RequestInputs.Expected(type));
    }

    /// <summary>A number must stand as the store writes it in its keys: <c>01001</c> would be another entity.</summary>
    private static bool IsKey(ReadOnlySpan<char> value, FieldType type)
    {
        if (type == FieldType.String)
        {
            return value.Length is > 0 and <= EntityValue.MaxLength;
        }
        Span<char> written = stackalloc char[20]; // -9223372036854775808
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && (type == FieldType.Int64 || number == (int)number)
            && number.TryFormat(written, out var length, provider: CultureInfo.InvariantCulture) && value.SequenceEqual(written[..length]);
    }

    private int At(string[] heading, string column) => Array.IndexOf(heading, column) is var at and >= 0 && Array.LastIndexOf(heading, column) == at
        ? at
        : throw new CsvException($"{file}, line 1: the heading must have the column '{column}' once.");
}
