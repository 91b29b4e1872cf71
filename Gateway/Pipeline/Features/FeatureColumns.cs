using System.Text.Json;
using MlAspire.FeatureStore.Online;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Features;

/// <summary>The feature store's batch read as columns in bytes; docs/columns.md has them.</summary>
internal static class FeatureColumns
{
    private const string Statuses = "statuses.";
    private const string Ages = "ages_microseconds.";
    private const string Values = "values.";
    private const long MicrosecondsPerSecond = 1_000_000;

    /// <summary>The body that asks for the features of every row.</summary>
    public static byte[] Ask(PipelineModel model, PredictRequest request)
    {
        List<Column> columns = [.. model.Inputs.Entities.Zip(request.Entities, (name, values) => new TextColumn($"entities.{name}", values))];
        columns.AddRange(model.Inputs.Numbers.Zip(request.Numbers).Where(input => model.Definition.FeatureRequest.Contains(input.First)).Select(input => new NumberColumn($"request.{input.First}", input.Second)));
        if (model.EventTime >= 0)
        {
            columns.Add(new TimeColumn("event_times", Array.ConvertAll(request.Times[model.EventTime], time => (DateTimeOffset?)time)));
        }

        return ColumnsWriter.Write(JsonSerializer.SerializeToUtf8Bytes(new FeatureHeader(model.Definition.FeatureService!, model.Definition.FeatureServiceVersion), FeatureJson.Default.FeatureHeader), request.Rows, columns);
    }

    /// <summary>The columns in the order of the model's features.</summary>
    /// <exception cref="ServiceError">Internal: the answer is not what the pipeline needs.</exception>
    public static FeatureValues Read(PipelineModel model, byte[] answer, int rows)
    {
        var (header, columns) = Parse(answer, rows);
        Dictionary<string, FeatureColumn> byName = [];
        var (statuses, texts, ages) = (new byte[rows], new string[rows], new double?[rows]);
        foreach (var column in columns)
        {
            switch (column)
            {
                case ByteColumn found when column.Name.StartsWith(Statuses, StringComparison.Ordinal):
                    (statuses, texts) = (found.Values, Array.ConvertAll(found.Values, status => FieldStatuses.Wire((FieldStatus)status)));
                    break;
                case WholeNumberColumn found when column.Name.StartsWith(Ages, StringComparison.Ordinal):
                    ages = Array.ConvertAll(found.Values, age => age < 0 ? (double?)null : age / MicrosecondsPerSecond);
                    break;
                case { Name: var name } when name.StartsWith(Values, StringComparison.Ordinal) && model.Inputs.Features.Contains(name[Values.Length..]):
                    byName[name[Values.Length..]] = new FeatureColumn(name[Values.Length..], Numbers(column, statuses), texts, ages);
                    break;
            }
        }

        return new(header.FeatureService, header.Version ?? 0, [.. model.Inputs.Features.Select(name => byName.GetValueOrDefault(name)
            ?? throw new ServiceError(ErrorCode.Internal, $"The feature service {header.FeatureService} has no feature {name}, which the pipeline of {model.Definition.Model} takes."))]);
    }

    private static (FeatureHeader Header, IReadOnlyList<Column> Columns) Parse(byte[] answer, int rows)
    {
        try
        {
            var (count, header, columns) = ColumnsReader.Read(answer, rows, ushort.MaxValue);
            return count == rows
                ? (JsonSerializer.Deserialize(header, FeatureJson.Default.FeatureHeader) ?? throw new JsonException("no header"), columns)
                : throw new ServiceError(ErrorCode.Internal, $"The feature store answered {count} rows where {rows} were asked for.");
        }
        catch (Exception e) when (e is JsonException or ServiceError { Code: ErrorCode.InvalidArgument })
        {
            throw new ServiceError(ErrorCode.Internal, "The feature store's answer cannot be read.", e);
        }
    }

    /// <summary>Null where the status says that there is no value.</summary>
    private static double?[] Numbers(Column column, byte[] statuses)
    {
        var numbers = new double?[statuses.Length];
        for (var row = 0; row < numbers.Length; row++)
        {
            double number = column switch
            {
                NumberColumn values => values.Values[row],
                FloatColumn values => values.Values[row],
                WholeNumberColumn values => values.Values[row],
                ByteColumn values => values.Values[row],
                _ => throw new ServiceError(ErrorCode.Internal, $"The feature store's {column.Name} are no numbers, which a model takes."),
            };
            numbers[row] = FieldStatuses.HasValue((FieldStatus)statuses[row]) ? number : null;
        }

        return numbers;
    }
}
