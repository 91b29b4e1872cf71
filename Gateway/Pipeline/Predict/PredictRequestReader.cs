using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>Reads a predict request's JSON for one model and names everything that is wrong with it.</summary>
internal sealed class PredictRequestReader(PipelineModel model, int maxRows)
{
    private readonly RowChecks checks = new(model);
    private int? rows;
    private string? rowsOf;

    /// <exception cref="ServiceError">InvalidArgument, with the fields.</exception>
    public PredictRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "must be a JSON object", "body");
        }

        Known(json, "", ["entities", "inputs", "prediction_ids", "explain"]);
        var entities = Section(json, "entities", model.Inputs.Entities);
        var inputs = Section(json, "inputs", [.. model.Definition.Inputs.Select(input => input.Name)]);
        var request = new PredictRequest
        {
            Entities = [.. model.Inputs.Entities.Select((name, i) => Column(entities, "entities", name, (value, field) => Entity(value, field, i)))],
            Numbers = [.. model.Numbers.Select(input => Column(inputs, "inputs", input.Name, (value, field) => Number(value, field, input)))],
            Times = [.. model.Inputs.Times.Select(name => Column(inputs, "inputs", name, Time))],
            PredictionIds = PredictionIds(json),
            Explain = Explain(json),
            Rows = rows ?? 0,
        };
        if (rows == 0)
        {
            Add(rowsOf!, "needs at least one row");
        }

        return checks.Passed(request);
    }

    private JsonElement Section(JsonElement json, string name, IReadOnlyList<string> columns)
    {
        if (columns.Count == 0 && !json.TryGetProperty(name, out _))
        {
            return default;
        }

        if (!json.TryGetProperty(name, out var section) || section.ValueKind != JsonValueKind.Object)
        {
            Add(name, $"must be an object with the columns {string.Join(", ", columns)}");
            return default;
        }

        Known(section, $"{name}.", columns);
        return section;
    }

    private T[] Column<T>(JsonElement section, string sectionName, string name, Func<JsonElement, string, T> read)
    {
        var field = $"{sectionName}.{name}";
        if (section.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        if (!section.TryGetProperty(name, out var array))
        {
            Add(field, "is missing");
            return [];
        }

        return Values(array, field, read);
    }

    private T[] Values<T>(JsonElement array, string field, Func<JsonElement, string, T> read)
    {
        if (array.ValueKind != JsonValueKind.Array)
        {
            Add(field, $"must be an array with one value a row, not {KindOf(array)}");
            return [];
        }

        var length = array.GetArrayLength();
        if (length > maxRows)
        {
            Add(field, $"has {length} rows; at most {maxRows} are allowed");
            return [];
        }

        (rows, rowsOf) = (rows ?? length, rowsOf ?? field);
        if (length != rows)
        {
            Add(field, $"has {length} rows, but {rowsOf} has {rows}");
        }

        return [.. array.EnumerateArray().Select((value, i) => read(value, $"{field}[{i}]"))];
    }

    private string Entity(JsonElement value, string field, int entity)
    {
        if (TextOf(value) is { } text)
        {
            return checks.Entity(text, field, entity);
        }

        Add(field, value.ValueKind == JsonValueKind.String ? "is no valid Unicode" : $"must be a text, not {KindOf(value)}");
        return "";
    }

    private double Number(JsonElement value, string field, PipelineInput input)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
        {
            return checks.Number(number, field, input);
        }

        Add(field, $"must be a finite number, not {KindOf(value)}");
        return 0;
    }

    private DateTimeOffset Time(JsonElement value, string field)
    {
        if (TextOf(value) is { } text && IsoTime.TryParse(text, out var time))
        {
            return time;
        }

        Add(field, IsoTime.Expected);
        return default;
    }

    private string[]? PredictionIds(JsonElement json)
    {
        if (!json.TryGetProperty("prediction_ids", out var array) || array.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return Values(array, "prediction_ids", (value, field) => checks.Id(TextOf(value) ?? "", field));
    }

    private bool Explain(JsonElement json)
    {
        if (!json.TryGetProperty("explain", out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False)
        {
            return false;
        }

        if (value.ValueKind != JsonValueKind.True)
        {
            Add("explain", $"must be true or false, not {KindOf(value)}");
        }

        return true;
    }

    private void Known(JsonElement json, string prefix, IReadOnlyList<string> names)
    {
        foreach (var property in json.EnumerateObject().Where(property => !names.Contains(property.Name)))
        {
            Add(prefix + (property.Name.Length <= RowChecks.LongestText ? property.Name : property.Name[..RowChecks.LongestText]), $"is not known; known here: {string.Join(", ", names)}");
        }
    }

    private void Add(string field, string message) => checks.Add(field, message);

    /// <summary>Null for what is no text, and for a text that is no valid Unicode: <c>"\ud800"</c> is half a surrogate pair, which the parser lets through.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
