using System.Text.Json;
using MlAspire.FeatureStore.Online;

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

    /// <summary>The columns of <paramref name="df"/>; everything that is wrong with them is noted in <paramref name="problems"/>.</summary>
    /// <param name="names">The columns that must be there; the first is the one that the others are compared with.</param>
    /// <param name="optional">A column that may be there.</param>
    /// <param name="owner">What has these columns, for messages: <c>the source 'landings'</c>.</param>
    public static DataFrame Read(FieldProblems problems, Dictionary<string, JsonElement>? df, string[] names, string? optional, string owner)
    {
        var frame = new DataFrame();
        if (df is null)
        {
            problems.Add("df", "is missing");
            return frame;
        }
        foreach (var name in df.Keys.Except(names, StringComparer.Ordinal).Where(name => name != optional)) { problems.Add($"df.{name}", $"is not a column of {owner}"); }
        foreach (var name in optional is not null && df.ContainsKey(optional) ? [.. names, optional] : names) { frame.Add(problems, name, names[0], df.TryGetValue(name, out var json) ? json : null); }
        return frame;
    }

    private void Add(FieldProblems problems, string name, string first, JsonElement? json)
    {
        var column = Column(problems, $"df.{name}", json);
        columns[name] = column;
        if (name == first) { Count = column.Length; }
        else if (column.Length != Count && !problems.Names($"df.{name}") && !problems.Names($"df.{first}")) { problems.Add($"df.{name}", $"has {column.Length} rows where '{first}' has {Count}"); }
    }

    private static JsonElement[] Column(FieldProblems problems, string field, JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Array } array) { problems.Add(field, json is null ? "is missing" : "must be an array"); }
        else if (array.GetArrayLength() is 0 or > RowCheck.MaxRows) { problems.Add(field, $"must have 1 to {RowCheck.MaxRows} rows"); }
        else { return [.. array.EnumerateArray()]; }
        return [];
    }
}
