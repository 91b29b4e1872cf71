using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>Reads a predict request's JSON for one model and collects everything that is wrong with it, each with its field (<c>inputs.departure[0]</c>).</summary>
/// <remarks>The request counts only when <see cref="Problems"/> is empty. At most <see cref="MostProblems"/> problems are named; a wrong request of 1,000 rows needs no 3,000.</remarks>
internal sealed class PredictRequestReader(PipelineModel model, int maxRows)
{
    public const int MostProblems = 20;

    private const int LongestText = 256;

    private readonly List<FieldError> problems = [];
    private int? rows;
    private string? rowsOf;

    public IReadOnlyList<FieldError> Problems => problems;

    public PredictRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Add("body", "must be a JSON object");
            return Empty();
        }

        Known(json, "", ["entities", "inputs", "prediction_ids", "explain"]);
        var entities = Section(json, "entities", model.Inputs.Entities);
        var inputs = Section(json, "inputs", [.. model.Definition.Inputs.Select(input => input.Name)]);
        string[][] values = [.. model.Inputs.Entities.Select((name, i) => Column(entities, "entities", name, (value, field) => Entity(value, field, i)))];
        var request = new PredictRequest
        {
            Entities = values,
            Subjects = model.Subject < 0 ? null : [.. values[model.Subject].Select(value => $"{model.Definition.Subject}:{value}")],
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

        return request;
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
        var text = Text(value, field);
        if (text.Length > 0 && !model.Inputs.Knows(entity, text))
        {
            Add(field, $"the model does not know this {model.Inputs.Entities[entity]}");
        }

        return text;
    }

    private string Text(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Add(field, $"must be a text, not {KindOf(value)}");
            return "";
        }

        var text = value.GetString()!;
        if (text.Length is 0 or > LongestText)
        {
            Add(field, $"must have 1 to {LongestText} characters");
            return "";
        }

        return text;
    }

    private double Number(JsonElement value, string field, PipelineInput input)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
        {
            Add(field, $"must be a finite number, not {KindOf(value)}");
            return 0;
        }

        if (number < input.Min || number > input.Max)
        {
            Add(field, FormattableString.Invariant($"must be from {input.Min ?? double.NegativeInfinity} to {input.Max ?? double.PositiveInfinity}"));
        }

        return number;
    }

    private DateTimeOffset Time(JsonElement value, string field)
    {
        if (value.ValueKind == JsonValueKind.String && IsoTime.TryParse(value.GetString()!, out var time))
        {
            return time;
        }

        Add(field, "must be an ISO 8601 time with its UTC offset, as 2001-03-01T08:00:00-05:00");
        return default;
    }

    private string[]? PredictionIds(JsonElement json)
    {
        if (!json.TryGetProperty("prediction_ids", out var array) || array.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var seen = new HashSet<string>();
        return Values(array, "prediction_ids", (value, field) =>
        {
            var id = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            if (!PredictionId.IsValid(id))
            {
                Add(field, $"must be 1 to {PredictionId.LongestCharacters} characters of A-Z a-z 0-9 . _ -");
            }
            else if (!seen.Add(id))
            {
                Add(field, "is there twice");
            }

            return id;
        });
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
            Add(prefix + (property.Name.Length <= LongestText ? property.Name : property.Name[..LongestText]), $"is not known; known here: {string.Join(", ", names)}");
        }
    }

    private void Add(string field, string message)
    {
        if (problems.Count < MostProblems)
        {
            problems.Add(new(field, message));
        }
    }

    private static PredictRequest Empty() => new() { Rows = 0, Entities = [], Numbers = [], Times = [], PredictionIds = null, Explain = false };

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
