using System.Buffers;
using System.Text.Json;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Pushed columns as typed rows; everything that is wrong with them is named at once, and then nothing is taken.</summary>
internal static class RowCheck
{
    public const int MaxRows = 10_000;

    // Offsets are doubles in the script: whole numbers are exact up to 2^53.
    private const long MaxOffset = (1L << 53) - MaxRows;

    private static readonly SearchValues<char> ProducerCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The rows of the request, at least one.</summary>
    /// <exception cref="ServiceError">InvalidArgument: names every field that is wrong, e.g. <c>df.delay_minutes[3]</c>.</exception>
    public static PushedRows Rows(PushRequest request, SourceAggregation source)
    {
        var problems = new FieldProblems();
        if (request.To is not (null or "online")) { problems.Add("to", "must be \"online\""); }
        var offsets = ReadOffsets(problems, request);
        var columns = Columns(problems, request.Df, source.Source);
        problems.ThrowIfAny();
        var rows = new PushedRows(source, new DateTimeOffset[columns[0].Length], new FieldValue[columns[0].Length * (columns.Length - 1)], offsets);
        ReadEventTimes(problems, source.Source, columns[0], rows);
        for (var f = 0; f < source.Source.Fields.Count; f++) { ReadField(problems, f, columns[f + 1], rows); }
        problems.ThrowIfAny();
        return rows;
    }

    public static bool IsProducer(string name) => name.Length is > 0 and <= 128 && !name.AsSpan().ContainsAnyExcept(ProducerCharacters);

    private static Offsets? ReadOffsets(FieldProblems problems, PushRequest request)
    {
        if (request is { Producer: null, Offset: null }) { return null; }
        if (request.Producer is null) { problems.Add("producer", "is missing beside 'offset'"); }
        else if (!IsProducer(request.Producer)) { problems.Add("producer", "must be 1 to 128 letters, digits, '.', '_' or '-'"); }
        if (request.Offset is null) { problems.Add("offset", "is missing beside 'producer'"); }
        else if (request.Offset is < 0 or > MaxOffset) { problems.Add("offset", $"must be from 0 to {MaxOffset}"); }
        return new Offsets(request.Producer ?? "", request.Offset ?? 0);
    }

    /// <summary>The event time and then every field of the source, all of the same length.</summary>
    private static JsonElement[][] Columns(FieldProblems problems, Dictionary<string, JsonElement>? df, PushSource source)
    {
        string[] names = [source.EventTime, .. source.Fields.Select(field => field.Name)];
        if (df is null)
        {
            problems.Add("df", "is missing");
            return [];
        }
        foreach (var name in df.Keys.Except(names, StringComparer.Ordinal)) { problems.Add($"df.{name}", $"is not a column of the source '{source.Name}'"); }
        var columns = Array.ConvertAll(names, name => Column(problems, $"df.{name}", df.TryGetValue(name, out var json) ? json : null));
        for (var i = 1; i < columns.Length; i++)
        {
            if (columns[i].Length != columns[0].Length && !problems.Names($"df.{names[i]}") && !problems.Names($"df.{names[0]}"))
            {
                problems.Add($"df.{names[i]}", $"has {columns[i].Length} rows where '{names[0]}' has {columns[0].Length}");
            }
        }
        return columns;
    }

    private static JsonElement[] Column(FieldProblems problems, string field, JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Array } array) { problems.Add(field, json is null ? "is missing" : "must be an array"); }
        else if (array.GetArrayLength() is 0 or > MaxRows) { problems.Add(field, $"must have 1 to {MaxRows} rows"); }
        else { return [.. array.EnumerateArray()]; }
        return [];
    }

    private static void ReadEventTimes(FieldProblems problems, PushSource source, JsonElement[] column, PushedRows rows)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (!EventTime.TryRead(column[i], out rows.EventTimes[i])) { problems.Add($"df.{source.EventTime}[{i}]", EventTime.Expected); }
        }
    }

    private static void ReadField(FieldProblems problems, int index, JsonElement[] column, PushedRows rows)
    {
        var fields = rows.Source.Source.Fields;
        for (var i = 0; i < column.Length; i++) { rows.Values[i * fields.Count + index] = Value(problems, fields[index], column[i], i); }
    }

    private static FieldValue Value(FieldProblems problems, Field field, JsonElement json, int row)
    {
        if (field.Type == FieldType.String) { return EntityValue.Read(problems, json, $"df.{field.Name}[{row}]"); }
        if (Number(field.Type, json) is { } number) { return number; }
        problems.Add($"df.{field.Name}[{row}]", $"must be {Describe(field.Type)}");
        return default;
    }

    private static double? Number(FieldType type, JsonElement json) => (type, json.ValueKind) switch
    {
        (FieldType.Bool, JsonValueKind.True) => 1,
        (FieldType.Bool, JsonValueKind.False) => 0,
        (FieldType.Int32, JsonValueKind.Number) => json.TryGetInt32(out var number) ? number : null,
        (FieldType.Int64, JsonValueKind.Number) => json.TryGetInt64(out var number) ? number : null,
        (FieldType.Float or FieldType.Double, JsonValueKind.Number) => json.TryGetDouble(out var number) && double.IsFinite(number) ? number : null,
        _ => null,
    };

    private static string Describe(FieldType type) => type switch
    {
        FieldType.Bool => "true or false",
        FieldType.Int32 => "a whole number of 32 bits",
        FieldType.Int64 => "a whole number of 64 bits",
        _ => "a number",
    };
}
