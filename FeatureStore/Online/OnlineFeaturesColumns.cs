using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>The batch read as columns in bytes; docs/columns.md has them.</summary>
internal static class OnlineFeaturesColumns
{
    private const string Entities = "entities.";
    private const string Request = "request.";
    private const string EventTimes = "event_times";

    /// <exception cref="ServiceError">InvalidArgument: the bytes are not of the form, or a column is of a type or name that no request has.</exception>
    public static OnlineFeaturesRequest Read(ReadOnlySpan<byte> body)
    {
        var (_, header, columns) = ColumnsReader.Read(body, OnlineRows.MaxRows);
        var problems = new FieldProblems();
        Dictionary<string, RequestColumn> entities = [];
        Dictionary<string, RequestColumn> inputs = [];
        RequestColumn? eventTimes = null;
        foreach (var column in columns)
        {
            if (column.Name == EventTimes)
            {
                eventTimes = Values(problems, column);
            }
            else if (column.Name.StartsWith(Entities, StringComparison.Ordinal))
            {
                entities.Add(column.Name[Entities.Length..], Values(problems, column));
            }
            else if (column.Name.StartsWith(Request, StringComparison.Ordinal))
            {
                inputs.Add(column.Name[Request.Length..], Inputs(problems, column));
            }
            else
            {
                problems.Add(column.Name, $"is not known; known here: {Entities}NAME, {Request}NAME, {EventTimes}");
            }
        }
        problems.ThrowIfAny();
        var asked = HeaderOf(header);
        return new OnlineFeaturesRequest(asked?.FeatureService, entities, eventTimes, asked?.Version, inputs);
    }

    /// <summary>What <see cref="ColumnsWriter"/> writes of an answer.</summary>
    public static (byte[] Header, int Rows, IReadOnlyList<Column> Columns) Of(OnlineFeaturesResponse answer)
    {
        var columns = new List<Column>();
        OnlineFeature? before = null;
        foreach (var feature in answer.Features)
        {
            if (!ReferenceEquals(feature.Statuses, before?.Statuses))
            {
                columns.Add(new ByteColumn($"statuses.{feature.Name}", [.. MemoryMarshal.AsBytes<FieldStatus>(feature.Statuses)]));
            }
            if (!ReferenceEquals(feature.AgesMicroseconds, before?.AgesMicroseconds))
            {
                columns.Add(new WholeNumberColumn($"ages_microseconds.{feature.Name}", feature.AgesMicroseconds));
            }
            columns.Add(Values($"values.{feature.Name}", feature));
            before = feature;
        }
        var header = JsonSerializer.SerializeToUtf8Bytes(new OnlineFeaturesHeader(answer.FeatureService, answer.Version), FeatureStoreJson.Default.OnlineFeaturesHeader);
        return (header, before?.Statuses.Length ?? 0, columns);
    }

    private static RequestColumn Values(FieldProblems problems, Column column)
    {
        switch (column)
        {
            case TextColumn texts: return new RequestColumn(Array.ConvertAll(texts.Values, text => new RequestValue(text)));
            case WholeNumberColumn numbers: return new RequestColumn(Array.ConvertAll(numbers.Values, number => new RequestValue(Number: number)));
            case TimeColumn times: return new RequestColumn(Array.ConvertAll(times.Values, time => new RequestValue(Moment: time is { } moment && EventTime.IsTaken(moment) ? time : null)));
            default:
                problems.Add(column.Name, "must be a column of texts, whole numbers or times");
                return new RequestColumn(null);
        }
    }

    /// <summary>What transforms take; NaN = null.</summary>
    private static RequestColumn Inputs(FieldProblems problems, Column column)
    {
        switch (column)
        {
            case NumberColumn numbers: return new RequestColumn(Array.ConvertAll(numbers.Values, number => new RequestValue(Real: number)));
            case FloatColumn numbers: return new RequestColumn(Array.ConvertAll(numbers.Values, number => new RequestValue(Real: number)));
            case WholeNumberColumn numbers: return new RequestColumn(Array.ConvertAll(numbers.Values, number => new RequestValue(Number: number)));
            case ByteColumn bytes: return new RequestColumn(Array.ConvertAll(bytes.Values, number => new RequestValue(Number: number)));
            default:
                problems.Add(column.Name, "must be a column of numbers, whole numbers or bytes");
                return new RequestColumn(null);
        }
    }

    private static Column Values(string name, OnlineFeature feature) => feature.Values switch
    {
        double[] values => new NumberColumn(name, values),
        float[] values => new FloatColumn(name, values),
        long[] values => new WholeNumberColumn(name, values),
        int[] values => new WholeNumberColumn(name, Array.ConvertAll(values, value => (long)value)),
        bool[] values => new ByteColumn(name, [.. MemoryMarshal.AsBytes<bool>(values)]),
        string[] values => new TextColumn(name, Array.ConvertAll(values, value => value ?? "")),
        _ => new TextColumn(name, Texts(feature)),
    };

    /// <summary>BYTES and lists as JSON has them.</summary>
    private static string[] Texts(OnlineFeature feature)
    {
        var texts = new string[feature.Statuses.Length];
        for (var row = 0; row < texts.Length; row++)
        {
            texts[row] = FieldStatuses.HasValue(feature.Statuses[row]) ? ColumnJson.Text(feature.Values, row) : "";
        }
        return texts;
    }

    private static OnlineFeaturesHeader? HeaderOf(byte[] header)
    {
        try
        {
            return JsonSerializer.Deserialize(header, FeatureStoreJson.Default.OnlineFeaturesHeader);
        }
        catch (JsonException)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, """must begin with the header {"feature_service": "NAME", "version": N}, or without version""", "body");
        }
    }
}

/// <summary>What of a request or an answer is no column.</summary>
public sealed record OnlineFeaturesHeader(string? FeatureService, int? Version = null);
