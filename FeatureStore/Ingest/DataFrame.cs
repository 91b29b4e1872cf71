using System.Text.Json;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The columns of a write, all of equal length, at least one row.</summary>
internal sealed class DataFrame
{
    private readonly Dictionary<string, JsonElement[]> columns = new(StringComparer.Ordinal);

    private DataFrame() { }

    public int Count { get; private set; }

    public JsonElement[] this[string column] => columns[column];

    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>Rows of the longest column, also of one that is wrong; at least one.</summary>
    public static int RowsIn(Dictionary<string, JsonElement>? df) => Math.Max(1, df?.Values.Max(column => column.ValueKind == JsonValueKind.Array ? (int?)column.GetArrayLength() : null) ?? 1);

    /// <summary>The columns of the request; everything that is wrong with them is noted in <paramref name="problems"/>. As in Feast a request of Feast's may have other columns, which mean nothing, and any number of rows.</summary>
    /// <param name="source">Says which columns must be there; the others are compared with its event time.</param>
    /// <param name="optional">A field that may be missing.</param>
    public static DataFrame Read(FieldProblems problems, PushRequest request, PushSource source, string? optional)
    {
        var frame = new DataFrame();
        if (request.Df is not { } df)
        {
            problems.Add("df", "is missing");
            return frame;
        }
        string[] names = [source.EventTime, .. source.Fields.Select(field => field.Name).Where(name => name != optional || df.ContainsKey(name))];
        if (request.IsOurs)
        {
            foreach (var name in df.Keys.Except(names, StringComparer.Ordinal))
            {
                problems.Add($"df.{name}", $"is not a column of the source '{source.Name}'");
            }
        }
        foreach (var name in names)
        {
            frame.Add(problems, name, names[0], Column(problems, $"df.{name}", df.TryGetValue(name, out var json) ? json : null, request.IsOurs ? RowCheck.MaxRows : int.MaxValue));
        }
        return frame;
    }

    private void Add(FieldProblems problems, string name, string first, JsonElement[] column)
    {
        columns[name] = column;
        if (name == first)
        {
            Count = column.Length;
        }
        else if (column.Length != Count && !problems.Names($"df.{name}") && !problems.Names($"df.{first}"))
        {
            problems.Add($"df.{name}", $"has {column.Length} rows where '{first}' has {Count}");
        }
    }

    private static JsonElement[] Column(FieldProblems problems, string field, JsonElement? json, int maxRows)
    {
        if (json is not { ValueKind: JsonValueKind.Array } array)
        {
            problems.Add(field, json is null ? "is missing" : "must be an array");
        }
        else if (array.GetArrayLength() == 0)
        {
            problems.Add(field, "has no rows");
        }
        else if (array.GetArrayLength() > maxRows)
        {
            problems.Add(field, $"has more than {maxRows} rows");
        }
        else
        {
            return [.. array.EnumerateArray()];
        }
        return [];
    }
}
