using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlAspire.Testing;

namespace MlAspire.Architecture.Tests;

/// <summary>docs/logs/log.schema.json says what the sources and docs/events.md do; that it holds for lines is tested where they are written.</summary>
public sealed partial class LogSchemaTests
{
    private const string Wide = "request_completed"; // RequestFacts adds to it,
    private const string WideToo = "inference_completed"; // and to this where it is the request's line

    private static readonly JsonNode Own = LogSchema.Root["$defs"]!["own"]!;
    private static readonly Dictionary<string, string> JsonTypes = new() { ["bool"] = "boolean", ["int"] = "integer", ["long"] = "integer", ["double"] = "number" };

    [Fact]
    public void Every_event_of_the_catalogue_is_in_the_schema_with_its_fields_and_nothing_else_is()
    {
        var listed = Repository.Lines("docs/events.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|'))
            .Select(cells => $"{cells[1].Trim(' ', '`')}: {cells[3].Trim()}").Where(row => !row.StartsWith(Wide, StringComparison.Ordinal));
        var described = Own["allOf"]!.AsArray().Select(each => (Name: NameOf(each!), Then: each!["then"]!)).Where(each => each.Name != Wide)
            .Select(each => (each.Name, Required: Texts(each.Then["required"]), Allowed: Texts(each.Then["propertyNames"]!["anyOf"]?[1]!["enum"]))).ToArray();

        Assert.Equal(listed, described.Select(each => $"{each.Name}: {string.Join(", ", each.Required)}"));
        Assert.All(described, each => Assert.Equal(each.Required, each.Name == WideToo ? each.Allowed[..each.Required.Length] : each.Allowed));
        Assert.Equal(Texts(Own["properties"]!["event"]!["enum"]), Own["allOf"]!.AsArray().Select(each => NameOf(each!)));
    }

    [Fact]
    public void A_field_has_one_type_in_all_messages_and_the_schema_says_it()
    {
        var parameters = Repository.ProductSources.SelectMany(file => MessageOf().Matches(Repository.Text(file)))
            .SelectMany(message => ParameterOf().Matches(message.Groups["parameters"].Value))
            .Where(parameter => parameter.Groups["type"].Value is not ("ILogger" or "LogLevel" or "Exception"))
            .Select(parameter => (Name: JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Groups["name"].Value), Type: parameter.Groups["type"].Value, IsNull: parameter.Groups["null"].Success))
            .ToArray();

        Assert.NotEmpty(parameters);
        Assert.All(parameters, parameter =>
        {
            var types = TypesOf(parameter.Name);
            Assert.Contains(JsonTypes.GetValueOrDefault(parameter.Type, "string"), types);
            Assert.True(!parameter.IsNull || types.Contains("null"), $"{parameter.Name} may be null");
        });
        Assert.All(Own["properties"]!.AsObject(), field => Assert.Single(TypesOf(field.Key).Except(["null"])));
    }

    [Fact]
    public void An_unknown_field_a_changed_type_and_a_missing_field_do_not_fit()
    {
        const string Line = """{"timestamp":"2001-03-01T13:00:00Z","level":"INFO","message":"m","module":"MlAspire.Gateway","service":"gateway","event":"audit_opened","path":"/audit","count":1}""";

        Assert.Empty(LogSchema.ProblemsOf(Line));
        Assert.Single(LogSchema.ProblemsOf(Line.Replace("\"count\":1", "\"count\":1,\"more\":1", StringComparison.Ordinal)));
        Assert.Single(LogSchema.ProblemsOf(Line.Replace("\"count\":1", "\"count\":\"1\"", StringComparison.Ordinal)));
        Assert.Single(LogSchema.ProblemsOf(Line.Replace(",\"count\":1", "", StringComparison.Ordinal)));
        Assert.Single(LogSchema.ProblemsOf(Line.Replace("INFO", "ERROR", StringComparison.Ordinal)));
        Assert.NotEmpty(LogSchema.ProblemsOf(Line.Replace("audit_opened", "audit_open", StringComparison.Ordinal)));
        Assert.Empty(LogSchema.ProblemsOf(Line.Replace("MlAspire.Gateway", "Microsoft.Hosting", StringComparison.Ordinal).Replace("audit_opened", "other", StringComparison.Ordinal)));
    }

    private static string NameOf(JsonNode each) => (string)each["if"]!["properties"]!["event"]!["const"]!;

    private static string[] Texts(JsonNode? array) => [.. array?.AsArray().Select(each => (string)each!) ?? []];

    // {"type": "string"}, {"type": ["string", "null"]}, {"$ref": "#/$defs/real"}, {"enum": [...]}
    private static HashSet<string> TypesOf(string field) => Own["properties"]![field] switch
    {
        null => throw new KeyNotFoundException($"the schema has no field '{field}'"),
        var schema when schema["enum"] is not null => ["string"],
        var schema when schema["type"] is JsonArray types => [.. Texts(types)],
        var schema when schema["type"] is { } type => [(string)type!],
        var schema when schema["$ref"] is not null => ["number"],
        _ => ["number", "null"],
    };

    [GeneratedRegex("""\[LoggerMessage\(.*?\)\]\s*private [^(]*\((?<parameters>.*?)\);""", RegexOptions.Singleline)]
    private static partial Regex MessageOf();

    [GeneratedRegex("""(?<type>[\w.\[\]]+)(?<null>\?)? (?<name>\w+)(?:,|$)""")]
    private static partial Regex ParameterOf();
}
