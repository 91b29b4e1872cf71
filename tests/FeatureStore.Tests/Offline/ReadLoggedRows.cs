using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>The rows of a push in the log, all at once.</summary>
internal static class ReadLoggedRows
{
    extension(LoggedRows rows)
    {
        public IReadOnlyList<Field> Fields => rows.Columns.Fields;

        public IEnumerable<long> EventTimes => Read(rows).Select(row => row.Ticks);

        public FieldValue[] Values => [.. Read(rows).SelectMany(row => row.Values)];

        public FieldValue[] Row(int index) => Read(rows).ElementAt(index).Values;
    }

    private static IEnumerable<(long Ticks, FieldValue[] Values)> Read(LoggedRows rows)
    {
        LogColumn[] fields = [.. Enumerable.Range(0, rows.Columns.Fields.Length).Select(field => new LogColumn(field, IsValue: false))];
        var reader = new LogColumnsReader(rows.Columns, fields);
        for (var row = 0; row < rows.Count; row++)
        {
            var values = new FieldValue[fields.Length];
            yield return (reader.Read(values), values);
        }
    }
}
