using System.Text.Json;

namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>Turns the JSON of a pipeline file into a definition and collects every problem on the way; the definition counts only when there is none.</summary>
internal sealed class PipelineReader
{
    private static readonly PipelineColumnKind[] Kinds = Enum.GetValues<PipelineColumnKind>();

    public List<PipelineProblem> Problems { get; } = [];

    public PipelineDefinition Definition(JsonElement root)
    {
        Known(root, "", "model", "featureService", "featureServiceVersion", "featureRequest", "entities", "subject", "inputs", "eventTime", "modelInput", "modelOutput", "columns", "output", "fallback");
        var entities = Texts(root, "", "entities");
        var inputs = Items(root, "inputs", Input);
        var definition = new PipelineDefinition
        {
            Model = Text(root, "", "model"),
            FeatureService = OptionalText(root, "", "featureService"),
            FeatureServiceVersion = Version(root, "featureServiceVersion"),
            FeatureRequest = Property(root, "featureRequest") is null ? [] : Texts(root, "", "featureRequest"),
            Entities = entities,
            Subject = OptionalText(root, "", "subject"),
            Inputs = inputs,
            EventTime = OptionalText(root, "", "eventTime"),
            ModelInput = Text(root, "", "modelInput"),
            ModelOutput = Text(root, "", "modelOutput"),
            Columns = Items(root, "columns", Column),
            Output = Output(root),
            Fallback = Fallback(root),
        };
        Distinct(definition.FeatureRequest, i => $"featureRequest[{i}]");
        Distinct(definition.Entities, i => $"entities[{i}]");
        Distinct([.. inputs.Select(input => input.Name)], i => $"inputs[{i}].name");
        Distinct([.. definition.Columns.Select(column => column.Name)], i => $"columns[{i}].name");
        References(definition);
        return definition;
    }

    /// <summary>What a column and the event time point at must be there and be of the right type.</summary>
    private void References(PipelineDefinition definition)
    {
        if (definition.EventTime is { } eventTime && !Has(definition, eventTime, PipelineInputType.Time))
        {
            Add("eventTime", $"'{eventTime}' is not a time input");
        }

        if (definition.Subject is { } subject && !definition.Entities.Contains(subject))
        {
            Add("subject", $"'{subject}' is not an entity");
        }

        if (definition.Entities.Count + definition.Inputs.Count == 0)
        {
            Add("inputs", "needs at least one entity or input; a request would have no rows");
        }

        if (definition.Columns.Count == 0)
        {
            Add("columns", "needs at least one column");
        }

        FeatureServiceReferences(definition);
        ColumnReferences(definition);
    }

    private void FeatureServiceReferences(PipelineDefinition definition)
    {
        if (definition.FeatureServiceVersion is not null && definition.FeatureService is null)
        {
            Add("featureServiceVersion", "is of a featureService, and there is none");
        }

        if (definition.FeatureRequest.Count > 0 && definition.FeatureService is null)
        {
            Add("featureRequest", "is for a featureService, and there is none");
        }

        foreach (var (i, name) in definition.FeatureRequest.Index())
        {
            if (name.Length > 0 && !Has(definition, name, PipelineInputType.Number))
            {
                Add($"featureRequest[{i}]", $"'{name}' is not a number input");
            }
        }

        if (definition.Fallback is not null && definition.FeatureService is null)
        {
            Add("fallback", "is for a model with a featureService");
        }

        if (definition.Fallback?.Model == definition.Model)
        {
            Add("fallback.model", "is the model itself");
        }
    }

    private void ColumnReferences(PipelineDefinition definition)
    {
        for (var i = 0; i < definition.Columns.Count; i++)
        {
            var (_, kind, source) = definition.Columns[i];
            var missing = kind switch
            {
                PipelineColumnKind.Input when !Has(definition, source, PipelineInputType.Number) => "is not a number input",
                PipelineColumnKind.MinuteOfDay or PipelineColumnKind.DayOfWeek when !Has(definition, source, PipelineInputType.Time) => "is not a time input",
                PipelineColumnKind.Index when !definition.Entities.Contains(source) => "is not an entity",
                PipelineColumnKind.Feature when definition.FeatureService is null => "is a feature, but there is no featureService",
                _ => null,
            };
            if (missing is not null && source.Length > 0)
            {
                Add($"columns[{i}].{PipelineFile.KeyOf(kind)}", $"'{source}' {missing}");
            }
        }
    }

    private int? Version(JsonElement root, string name)
    {
        if (Number(root, "", name) is not { } number)
        {
            return null;
        }

        if (number is >= 1 and <= int.MaxValue && double.IsInteger(number))
        {
            return (int)number;
        }

        Add(name, "must be a whole number from 1");
        return null;
    }

    private PipelineInput Input(JsonElement json, string path)
    {
        Known(json, path, "name", "type", "min", "max");
        var name = Text(json, path, "name");
        var type = Text(json, path, "type");
        if (type is not ("number" or "time" or ""))
        {
            Add($"{path}.type", "must be 'number' or 'time'");
        }

        var (min, max) = (Number(json, path, "min"), Number(json, path, "max"));
        if (type == "time" && (min ?? max) is not null)
        {
            Add(path, "a time has no min or max");
        }

        if (min > max)
        {
            Add($"{path}.min", "is greater than max");
        }

        return new(name, type == "time" ? PipelineInputType.Time : PipelineInputType.Number, min, max);
    }

    private PipelineColumn Column(JsonElement json, string path)
    {
        Known(json, path, ["name", "vocabulary", "default", .. Kinds.Select(PipelineFile.KeyOf)]);
        var name = Text(json, path, "name");
        PipelineColumnKind[] kinds = [.. Kinds.Where(kind => Property(json, PipelineFile.KeyOf(kind)) is not null)];
        if (kinds.Length != 1)
        {
            Add(path, $"needs exactly one of {string.Join(", ", Kinds.Select(PipelineFile.KeyOf))}");
            return new(name, PipelineColumnKind.Input, "");
        }

        var kind = kinds[0];
        return new(name, kind, Text(json, path, PipelineFile.KeyOf(kind)))
        {
            Vocabulary = Vocabulary(json, path, kind),
            Default = Default(json, path, kind),
        };
    }

    private List<string> Vocabulary(JsonElement json, string path, PipelineColumnKind kind)
    {
        if (kind != PipelineColumnKind.Index)
        {
            if (Property(json, "vocabulary") is not null)
            {
                Add($"{path}.vocabulary", "belongs to an index column only");
            }

            return [];
        }

        var values = Texts(json, path, "vocabulary");
        Distinct(values, i => $"{path}.vocabulary[{i}]");
        if (values.Count == 0 && Property(json, "vocabulary") is { ValueKind: JsonValueKind.Array })
        {
            Add($"{path}.vocabulary", "needs at least one value");
        }

        return values;
    }

    private double? Default(JsonElement json, string path, PipelineColumnKind kind)
    {
        if (Property(json, "default") is { } given && kind != PipelineColumnKind.Feature && given.ValueKind != JsonValueKind.Null)
        {
            Add($"{path}.default", "belongs to a feature column only");
        }

        return Number(json, path, "default");
    }

    private PipelineOutput Output(JsonElement root)
    {
        if (Property(root, "output") is not { ValueKind: JsonValueKind.Object } json)
        {
            Add("output", "must be an object");
            return new("", 0, ["", ""]);
        }

        Known(json, "output", "name", "threshold", "labels");
        var threshold = Number(json, "output", "threshold");
        if (threshold is not (>= 0 and <= 1))
        {
            Add("output.threshold", "must be a number from 0 to 1");
        }

        var labels = Texts(json, "output", "labels");
        if (labels.Count != 2)
        {
            Add("output.labels", "must be two texts: below the threshold, and from it on");
        }

        return new(Text(json, "output", "name"), threshold ?? 0, labels);
    }

    private PipelineFallback? Fallback(JsonElement root)
    {
        if (Property(root, "fallback") is not { ValueKind: not JsonValueKind.Null } json)
        {
            return null;
        }

        Known(json, "fallback", "model", "maxStaleShare");
        var share = Number(json, "fallback", "maxStaleShare");
        if (share is not (>= 0 and < 1))
        {
            Add("fallback.maxStaleShare", "must be a number from 0 to below 1");
        }

        return new(Text(json, "fallback", "model"), share ?? 0);
    }

    private List<T> Items<T>(JsonElement root, string name, Func<JsonElement, string, T> read)
    {
        if (Property(root, name) is not { ValueKind: JsonValueKind.Array } array)
        {
            Add(name, "must be an array of objects");
            return [];
        }

        return [.. array.EnumerateArray().Select((item, i) => read(item, $"{name}[{i}]"))];
    }

    private List<string> Texts(JsonElement json, string path, string name)
    {
        if (Property(json, name) is not { ValueKind: JsonValueKind.Array } array)
        {
            Add(Join(path, name), "must be an array of texts");
            return [];
        }

        return [.. array.EnumerateArray().Select((item, i) => TextOf(item, $"{Join(path, name)}[{i}]"))];
    }

    private string Text(JsonElement json, string path, string name) => TextOf(Property(json, name), Join(path, name));

    private string? OptionalText(JsonElement json, string path, string name) =>
        Property(json, name) is { ValueKind: not JsonValueKind.Null } value ? TextOf(value, Join(path, name)) : null;

    private string TextOf(JsonElement? value, string path)
    {
        if (value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } given)
        {
            return given;
        }

        Add(path, "must be a text that is not empty");
        return "";
    }

    private double? Number(JsonElement json, string path, string name)
    {
        if (Property(json, name) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
        {
            return number;
        }

        Add(Join(path, name), "must be a number");
        return null;
    }

    private void Known(JsonElement json, string path, params string[] names)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Add(path, "must be an object");
            return;
        }

        foreach (var property in json.EnumerateObject().Where(property => !names.Contains(property.Name)))
        {
            Add(Join(path, property.Name), $"is not known here; known: {string.Join(", ", names)}");
        }
    }

    private void Distinct(IReadOnlyList<string> names, Func<int, string> path)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Length > 0 && !seen.Add(names[i]))
            {
                Add(path(i), $"'{names[i]}' is there twice");
            }
        }
    }

    private void Add(string path, string message) => Problems.Add(new(path, message));

    private static bool Has(PipelineDefinition definition, string name, PipelineInputType type) =>
        definition.Inputs.Any(input => input.Name == name && input.Type == type);

    private static JsonElement? Property(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
