using System.Text.Json;

namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>Reads and writes <c>pipeline.json</c>.</summary>
public static class PipelineFile
{
    public const string Name = "pipeline.json";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>The definition in the file at <paramref name="path"/>.</summary>
    /// <exception cref="PipelineFileException">The file is not JSON, or anything in it is missing, unknown or contradictory; all problems together.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PipelineDefinition Read(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>The definition in <paramref name="json"/> (UTF-8); <paramref name="source"/> names it in the exception.</summary>
    /// <exception cref="PipelineFileException">As for <see cref="Read"/>.</exception>
    public static PipelineDefinition Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var reader = new PipelineReader();
            var definition = reader.Definition(document.RootElement);
            return reader.Problems.Count == 0 ? definition : throw new PipelineFileException(source, reader.Problems);
        }
        catch (JsonException e)
        {
            throw new PipelineFileException(source, [new("", $"not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}): {e.Message}")]);
        }
    }

    /// <summary>The file's bytes for <paramref name="definition"/>: UTF-8, indented, the same bytes every time; <see cref="Parse"/> gives the definition back.</summary>
    public static byte[] Write(PipelineDefinition definition)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("model", definition.Model);
            WriteOptional(json, "featureService", definition.FeatureService);
            if (definition.FeatureServiceVersion is { } version)
            {
                json.WriteNumber("featureServiceVersion", version);
            }

            if (definition.FeatureRequest.Count > 0)
            {
                WriteStrings(json, "featureRequest", definition.FeatureRequest);
            }

            WriteStrings(json, "entities", definition.Entities);
            WriteOptional(json, "subject", definition.Subject);
            WriteEach(json, "inputs", definition.Inputs, WriteInput);
            WriteOptional(json, "eventTime", definition.EventTime);
            json.WriteString("modelInput", definition.ModelInput);
            json.WriteString("modelOutput", definition.ModelOutput);
            WriteEach(json, "columns", definition.Columns, WriteColumn);
            json.WriteStartObject("output");
            json.WriteString("name", definition.Output.Name);
            json.WriteNumber("threshold", definition.Output.Threshold);
            WriteStrings(json, "labels", definition.Output.Labels);
            json.WriteEndObject();
            WriteFallback(json, definition.Fallback);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>The key under which a column names its source: <c>"minuteOfDay": "departure"</c>.</summary>
    internal static string KeyOf(PipelineColumnKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private static void WriteInput(Utf8JsonWriter json, PipelineInput input)
    {
        json.WriteString("name", input.Name);
        json.WriteString("type", input.Type == PipelineInputType.Number ? "number" : "time");
        if (input.Min is { } min)
        {
            json.WriteNumber("min", min);
        }

        if (input.Max is { } max)
        {
            json.WriteNumber("max", max);
        }
    }

    private static void WriteColumn(Utf8JsonWriter json, PipelineColumn column)
    {
        json.WriteString("name", column.Name);
        json.WriteString(KeyOf(column.Kind), column.Source);
        if (column.Kind == PipelineColumnKind.Index)
        {
            WriteStrings(json, "vocabulary", column.Vocabulary);
        }

        if (column.Default is { } value)
        {
            json.WriteNumber("default", value);
        }
    }

    private static void WriteFallback(Utf8JsonWriter json, PipelineFallback? fallback)
    {
        if (fallback is not null)
        {
            json.WriteStartObject("fallback");
            json.WriteString("model", fallback.Model);
            json.WriteNumber("maxStaleShare", fallback.MaxStaleShare);
            json.WriteEndObject();
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteEach<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
