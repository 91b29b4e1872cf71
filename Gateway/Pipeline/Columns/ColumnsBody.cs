using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Gateway.Pipeline.Columns;

/// <summary>A predict request as columns: <c>entities.NAME</c> and <c>prediction_ids</c> are texts, <c>inputs.NAME</c> numbers or times, as the model's pipeline says.</summary>
internal sealed class ColumnsBody(byte[] bytes) : IPredictBody
{
    private const string PredictionIds = "prediction_ids";

    public ReadOnlySpan<byte> Bytes => bytes;

    public PredictRequest Read(PipelineModel model, int maxRows)
    {
        var (rows, header, columns) = ColumnsReader.Read(bytes, maxRows);
        var checks = new RowChecks(model);
        if (rows == 0 || header.Length > 0)
        {
            checks.Add("body", rows == 0 ? "needs at least one row" : "a request has no header");
        }

        return checks.Passed(new Reading(rows, columns, checks).Of(model));
    }

    private sealed class Reading(int rows, IReadOnlyList<Column> columns, RowChecks checks)
    {
        public PredictRequest Of(PipelineModel model)
        {
            string[] known =
            [
                .. model.Inputs.Entities.Select(name => $"entities.{name}"), .. model.Definition.Inputs.Select(input => $"inputs.{input.Name}"), PredictionIds,
            ];
            foreach (var column in columns.Where(column => !known.Contains(column.Name)))
            {
                checks.Add(column.Name, $"is not known; known here: {string.Join(", ", known)}");
            }

            return new()
            {
                Rows = rows,
                Entities = [.. model.Inputs.Entities.Select((name, i) => Values<TextColumn, string>($"entities.{name}", "texts", (column, row, field) => checks.Entity(column.Values[row] ?? "", field, i)))],
                Numbers = [.. model.Numbers.Select(input => Values<NumberColumn, double>($"inputs.{input.Name}", "numbers", (column, row, field) => Number(column.Values[row], field, input)))],
                Times = [.. model.Inputs.Times.Select(name => Values<TimeColumn, DateTimeOffset>($"inputs.{name}", "times", (column, row, field) => Time(column.Values[row], field)))],
                PredictionIds = columns.Any(column => column.Name == PredictionIds) ? Values<TextColumn, string>(PredictionIds, "texts", (column, row, field) => checks.Id(column.Values[row] ?? "", field)) : null,
                Explain = false,
            };
        }

        private TValue[] Values<TColumn, TValue>(string name, string what, Func<TColumn, int, string, TValue> read)
            where TColumn : Column
        {
            var column = columns.FirstOrDefault(column => column.Name == name);
            if (column is TColumn found)
            {
                return [.. Enumerable.Range(0, rows).Select(row => read(found, row, $"{name}[{row}]"))];
            }

            checks.Add(name, column is null ? "is missing" : $"must be a column of {what}");
            return [];
        }

        private double Number(double number, string field, PipelineInput input)
        {
            if (double.IsFinite(number))
            {
                return checks.Number(number, field, input);
            }

            checks.Add(field, "must be a finite number");
            return 0;
        }

        private DateTimeOffset Time(DateTimeOffset? time, string field)
        {
            if (time is null)
            {
                checks.Add(field, "must be a time of the years 1 to 9999 with an offset of at most 14 hours");
            }

            return time ?? default;
        }
    }
}
