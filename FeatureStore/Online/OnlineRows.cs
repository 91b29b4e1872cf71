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
        ReportUnknown(problems, service, request);
        var entities = Named("entities", request.Entities, service.EntityColumns);
        var inputs = Named("request", request.Request, service.InputColumns);
        var times = request.EventTimes;
        var count = entities.Concat(inputs).FirstOrDefault().Column is { } first ? first.Rows : times?.Rows ?? 1;
        foreach (var (field, column) in entities.Concat(inputs))
        {
            Check(problems, field, column, count);
        }
        if (times is not null)
        {
            Check(problems, EventTimes, times, count);
        }
        problems.ThrowIfAny();
        var rows = new OnlineRow[count];
        for (var row = 0; row < count; row++)
        {
            var (keys, numbers) = (new string[entities.Length], inputs.Length == 0 ? [] : new double[inputs.Length]);
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = entities[i].Column!.Entity(problems, entities[i].Field, service.EntityTypes[i], row);
            }
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = inputs[i].Column!.Input(problems, inputs[i].Field, service.Service.Request[i].Type, row);
            }
            rows[row] = new OnlineRow(keys, times is null ? now : times.Moment(problems, EventTimes, row), numbers);
        }
        problems.ThrowIfAny();
        return rows;
    }

    private static void ReportUnknown(FieldProblems problems, ServiceAggregation service, OnlineFeaturesRequest request)
    {
        foreach (var name in request.Entities?.Keys.Except(service.EntityColumns, StringComparer.Ordinal) ?? [])
        {
            problems.Add($"entities.{name}", $"the feature service '{service.Service.Name}' has no such entity column");
        }
        foreach (var name in request.Request?.Keys.Except(service.InputColumns, StringComparer.Ordinal) ?? [])
        {
            problems.Add($"request.{name}", $"the feature service '{service.Service.Name}' has no such request input");
        }
    }

    /// <summary>The columns that a service takes, each with its field; null where it is not given.</summary>
    private static (string Field, RequestColumn? Column)[] Named(string of, Dictionary<string, RequestColumn>? given, string[] names) =>
        Array.ConvertAll(names, name => ($"{of}.{name}", given?.GetValueOrDefault(name)));

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
