using MlAspire.FeatureStore.Aggregates;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>The columns of a request as rows; everything that is wrong with them is named at once.</summary>
internal static class OnlineRows
{
    public const int MaxRows = 1_000;
    private const string EventTimes = "event_times";

    /// <summary>The rows of the request, at least one.</summary>
    /// <param name="now">Moment of every row when the request names none.</param>
    /// <exception cref="ServiceError">InvalidArgument: a column is missing, unknown, of another length or type, or there are no or too many rows.</exception>
    public static OnlineRow[] Of(OnlineFeaturesRequest request, ServiceAggregation service, DateTimeOffset now)
    {
        var problems = new FieldProblems();
        var given = request.Entities ?? [];
        foreach (var name in given.Keys.Except(service.EntityColumns, StringComparer.Ordinal))
        {
            problems.Add($"entities.{name}", $"the feature service '{service.Service.Name}' has no such entity column");
        }
        var names = Array.ConvertAll(service.EntityColumns, name => $"entities.{name}");
        var columns = Array.ConvertAll(service.EntityColumns, given.GetValueOrDefault);
        var times = request.EventTimes;
        var count = columns.FirstOrDefault() is { } first ? first.Rows : times?.Rows ?? 1;
        for (var i = 0; i < columns.Length; i++)
        {
            Check(problems, names[i], columns[i], count);
        }
        if (times is not null)
        {
            Check(problems, EventTimes, times, count);
        }
        problems.ThrowIfAny();
        var rows = new OnlineRow[count];
        for (var row = 0; row < count; row++)
        {
            var entities = new string[columns.Length];
            for (var c = 0; c < columns.Length; c++)
            {
                entities[c] = columns[c]!.Entity(problems, names[c], service.EntityTypes[c], row);
            }
            rows[row] = new OnlineRow(entities, times is null ? now : times.Moment(problems, EventTimes, row));
        }
        problems.ThrowIfAny();
        return rows;
    }

    private static void Check(FieldProblems problems, string field, RequestColumn? column, int count)
    {
        if (column is null)
        {
            problems.Add(field, "is missing");
        }
        else if (!column.IsArray)
        {
            problems.Add(field, "must be an array");
        }
        else if (column.Rows > MaxRows)
        {
            problems.Add(field, $"has more than {MaxRows} rows");
        }
        else if (column.Rows == 0)
        {
            problems.Add(field, "has no rows");
        }
        else if (column.Rows != count)
        {
            problems.Add(field, $"has {column.Rows} rows where the first column has {count}");
        }
    }
}
