using System.Buffers;
using System.Text.Json;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Pushed columns as typed rows; everything that is wrong with them is named at once, and then nothing is taken.</summary>
internal static class RowCheck
{
    /// <summary>Of a push, and of what is written at once.</summary>
    public const int MaxRows = 10_000;

    // Offsets are doubles in the script: whole numbers are exact up to 2^53.
    private const long MaxOffset = (1L << 53) - MaxRows;

    private static readonly SearchValues<char> ProducerCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The rows of the request, at least one, with values of their types; of those that are set aside (<see cref="FieldProblems.Poison"/>) nothing means anything.</summary>
    /// <param name="time">How times are spelt.</param>
    /// <param name="step">Why the rows are refused, when they are.</param>
    /// <exception cref="ServiceError">InvalidArgument: names every field that is wrong, e.g. <c>df.delay_minutes[3]</c>.</exception>
    public static PushedRows Rows(FieldProblems problems, PushRequest request, PushTarget target, WireTime time, ref RefusalReason step)
    {
        var source = target.Source;
        if (request.To is not (null or "online"))
        {
            problems.Add("to", "must be \"online\"");
        }
        var offsets = ReadOffsets(problems, request);
        var df = DataFrame.Read(problems, request, source, target.CreatedColumn);
        problems.ThrowIfAny();
        step = RefusalReason.Value;
        var times = EventTimes(problems, df[source.EventTime], $"df.{source.EventTime}", time);
        var rows = new PushedRows(target, times, new FieldValue[df.Count * source.Fields.Count], offsets);
        for (var f = 0; f < source.Fields.Count; f++)
        {
            var (name, type) = (source.Fields[f].Name, source.Fields[f].Type);
            if (name != target.CreatedColumn)
            {
                ReadField(problems, f, request.IsOurs ? df[name] : FeastScalars.Of(df[name], type), rows);
            }
            else if (df.Has(name))
            {
                ReadCreated(problems, f, df[name], (rows, time));
            }
        }
        problems.ThrowIfAny();
        return rows;
    }

    public static bool IsProducer(string name) => name.Length is > 0 and <= 128 && !name.AsSpan().ContainsAnyExcept(ProducerCharacters);

    /// <summary>What the views say of rows whose values are of their types. Entities come last, and are taken back when the push is refused, so that none of it is counted.</summary>
    public static void CheckRules(FieldProblems problems, PushedRows rows, ref RefusalReason step)
    {
        step = RefusalReason.Rule;
        foreach (var writer in rows.Target.Rows)
        {
            Each(row => writer.Check(problems, rows.Row(row), row));
        }
        problems.ThrowIfAny();
        step = RefusalReason.Entities;
        var added = rows.Target.Entities.Select(entities => (entities.Bound, New: new List<ulong>())).ToList();
        foreach (var (entities, (_, fresh)) in rows.Target.Entities.Zip(added))
        {
            Each(row => entities.Check(problems, rows.Row(row), row, fresh));
        }
        if (problems.Any)
        {
            added.ForEach(entities => entities.Bound.Forget(entities.New));
        }
        problems.ThrowIfAny();

        void Each(Action<int> check)
        {
            for (var row = 0; row < rows.Count; row++)
            {
                if (!problems.Poison.ContainsKey(row))
                {
                    check(row);
                }
            }
        }
    }

    private static Offsets? ReadOffsets(FieldProblems problems, PushRequest request)
    {
        if (request is { Producer: null, Offset: null })
        {
            return null;
        }
        if (request.Producer is null)
        {
            problems.Add("producer", "is missing beside 'offset'");
        }
        else if (!IsProducer(request.Producer))
        {
            problems.Add("producer", "must be 1 to 128 letters, digits, '.', '_' or '-'");
        }
        else if (request.Producer.StartsWith(LogReader.ProducerPrefix, StringComparison.Ordinal))
        {
            problems.Add("producer", $"must not begin with '{LogReader.ProducerPrefix}': so the store names its logs, which number the rows that come without a producer");
        }
        if (request.Offset is null)
        {
            problems.Add("offset", "is missing beside 'producer'");
        }
        else if (request.Offset is < 0 or > MaxOffset)
        {
            problems.Add("offset", $"must be from 0 to {MaxOffset}");
        }
        return new Offsets(request.Producer ?? "", request.Offset ?? 0);
    }

    private static DateTimeOffset[] EventTimes(FieldProblems problems, JsonElement[] column, string field, WireTime time)
    {
        var times = new DateTimeOffset[column.Length];
        for (var i = 0; i < column.Length; i++)
        {
            if (!time.TryRead(column[i], out times[i]))
            {
                problems.Add(new RowField(field, i), time.Expected);
            }
        }
        return times;
    }

    /// <summary>When the rows were made: times, kept as microseconds since 1970, or null.</summary>
    private static void ReadCreated(FieldProblems problems, int index, JsonElement[] column, (PushedRows Rows, WireTime Time) to)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (column[i].ValueKind == JsonValueKind.Null)
            {
                continue;
            }
            if (to.Time.TryRead(column[i], out var made))
            {
                to.Rows.Values[i * to.Rows.Target.Source.Fields.Count + index] = new FieldValue("", 0, RowLayout.Microseconds(made));
            }
            else
            {
                problems.Add(new RowField($"df.{RowView.Created}", i), to.Time.Expected);
            }
        }
    }

    private static void ReadField(FieldProblems problems, int index, JsonElement[] column, PushedRows rows)
    {
        var field = rows.Target.Source.Fields[index];
        var (isText, isRequired) = (field.Type == FieldType.String && (rows.Target.IsKey(index) || rows.Target.IsEventId(index) || !rows.Target.IsValue(index)), rows.Target.IsRequired(index));
        var name = $"df.{field.Name}";
        for (var i = 0; i < column.Length; i++)
        {
            if (column[i].ValueKind == JsonValueKind.Null && !isRequired)
            {
                continue;
            }
            var value = isText ? EntityValue.Read(problems, column[i], new RowField(name, i)) : ValueCheck.Read(problems, column[i], field.Type, new RowField(name, i));
            rows.Values[i * rows.Target.Source.Fields.Count + index] = FieldValue.Of(value);
        }
    }
}
