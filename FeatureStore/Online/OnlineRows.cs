using System.Text.Json;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>The columns of a request as rows; everything that is wrong with them is named at once.</summary>
internal static class OnlineRows
{
    public const int MaxRows = 1_000;

    /// <summary>The rows of the request, at least one.</summary>
    /// <param name="now">Moment of every row when the request names none.</param>
    /// <exception cref="ServiceError">InvalidArgument: a column is missing, unknown, of another length or type, or there are no or too many rows.</exception>
    public static OnlineRow[] Of(OnlineFeaturesRequest request, ServiceAggregation service, DateTimeOffset now)
    {
        var problems = new FieldProblems();
        var given = request.Entities ?? [];
        foreach (var name in given.Keys.Except(service.EntityColumns, StringComparer.Ordinal)) { problems.Add($"entities.{name}", $"the feature service '{service.Service.Name}' has no such entity column"); }
        var columns = Array.ConvertAll(service.EntityColumns, name => Column(problems, $"entities.{name}", given.TryGetValue(name, out var json) ? json : null));
        var times = request.EventTimes is { ValueKind: not JsonValueKind.Null } json ? Column(problems, "event_times", json) : null;
        var count = columns.FirstOrDefault() is { } first ? first.Length : times?.Length ?? 1;
        for (var i = 0; i < columns.Length; i++) { CheckLength(problems, $"entities.{service.EntityColumns[i]}", columns[i], count); }
        if (times is not null) { CheckLength(problems, "event_times", times, count); }
        problems.ThrowIfAny();
        var rows = new OnlineRow[count];
        for (var i = 0; i < count; i++) { rows[i] = Row(problems, service, columns, times, (i, now)); }
        problems.ThrowIfAny();
        return rows;
    }

    private static OnlineRow Row(FieldProblems problems, ServiceAggregation service, JsonElement[][] columns, JsonElement[]? times, (int Index, DateTimeOffset Now) row)
    {
        var entities = new string[columns.Length];
        for (var c = 0; c < columns.Length; c++) { entities[c] = EntityValue.Read(problems, columns[c][row.Index], $"entities.{service.EntityColumns[c]}[{row.Index}]", service.EntityTypes[c]); }
        if (times is null) { return new OnlineRow(entities, row.Now); }
        if (!EventTime.TryRead(times[row.Index], out var moment)) { problems.Add($"event_times[{row.Index}]", EventTime.Expected); }
        return new OnlineRow(entities, moment);
    }

    private static JsonElement[] Column(FieldProblems problems, string field, JsonElement? json)
    {
        if (json is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() <= MaxRows) { return [.. array.EnumerateArray()]; }
        problems.Add(field, json is null ? "is missing" : json.Value.ValueKind == JsonValueKind.Array ? $"has more than {MaxRows} rows" : "must be an array");
        return [];
    }

    private static void CheckLength(FieldProblems problems, string field, JsonElement[] column, int count)
    {
        if (problems.Names(field)) { return; }
        if (column.Length == 0) { problems.Add(field, "has no rows"); }
        else if (column.Length != count) { problems.Add(field, $"has {column.Length} rows where the first column has {count}"); }
    }
}
