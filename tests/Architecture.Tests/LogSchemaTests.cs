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
    private const string FirstOfWide = "method";

    private static readonly JsonNode Own = LogSchema.Root["$defs"]!["own"]!;
    private static readonly Dictionary<string, string> JsonTypes = new() { ["bool"] = "boolean", ["int"] = "integer", ["long"] = "integer", ["double"] = "number" };

    [Fact]
    public void Every_event_of_the_catalogue_is_in_the_schema_with_its_fields_and_nothing_else_is()
    {
        var listed = Repository.Lines("docs/events.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|'))
            .Select(cells => $"{cells[1].Trim(' ', '`')}: {cells[3].Trim()}").Where(row => !row.StartsWith(Wide, StringComparison.Ordinal));
        var described = Own["allOf"]!.AsArray().Select(each => (Name: NameOf(each!), Then: each!["then"]!)).Where(each => each.Name != Wide)
            .Select(each => (each.Name, Required: Texts(each.Then["required"]), Fields: Texts(each.Then["propertyNames"]!["anyOf"]?[1]!["enum"]).TakeWhile(field => each.Name != WideToo || field != FirstOfWide).ToArray())).ToArray();
        var optional = Parameters().Where(parameter => parameter.IsNull).ToLookup(parameter => parameter.Event, parameter => parameter.Name);

        Assert.Equal(listed, described.Select(each => $"{each.Name}: {string.Join(", ", each.Fields)}"));
        Assert.All(described, each => Assert.Equal(each.Fields.Except(optional[each.Name]), each.Required));
        Assert.Equal(Texts(Own["properties"]!["event"]!["enum"]), Own["allOf"]!.AsArray().Select(each => NameOf(each!)));
    }

    [Fact]
    public void A_field_has_one_type_in_all_messages_and_the_schema_says_it()
    {
        var parameters = Parameters().ToArray();

        Assert.NotEmpty(parameters);
        Assert.All(parameters, parameter => Assert.Equal(JsonTypes.GetValueOrDefault(parameter.Type, "string"), TypeOf(parameter.Name)));
        Assert.All(Own["properties"]!.AsObject(), field => Assert.NotEmpty(TypeOf(field.Key)));
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
        Assert.Empty(LogSchema.ProblemsOf(Line.Replace("MlAspire.Gateway", "Microsoft.Hosting", StringComparison.Ordinal).Replace("\"count\":1", "\"map\":{\"a\":[1]}", StringComparison.Ordinal)));
        Assert.Empty(LogSchema.ProblemsOf(Line.Replace("MlAspire.Gateway", "Microsoft.Hosting", StringComparison.Ordinal).Replace("audit_opened", "other", StringComparison.Ordinal)));
    }

    private static string NameOf(JsonNode each) => (string)each["if"]!["properties"]!["event"]!["const"]!;

    private static string[] Texts(JsonNode? array) => [.. array?.AsArray().Select(each => (string)each!) ?? []];

    // {"type": "string"}, {"$ref": "#/$defs/real"}, {"enum": [...]}
    private static string TypeOf(string field) => Own["properties"]![field] switch
    {
        null => throw new KeyNotFoundException($"the schema has no field '{field}'"),
        var schema when schema["enum"] is not null => "string",
        var schema when schema["$ref"] is not null => "number",
        var schema => (string)schema["type"]!,
    };

    private static IEnumerable<(string Event, string Name, string Type, bool IsNull)> Parameters() => Repository.ProductSources.SelectMany(file => MessageOf().Matches(Repository.Text(file)))
        .SelectMany(message => ParameterOf().Matches(message.Groups["parameters"].Value), (message, parameter) => (Message: message, Parameter: parameter))
        .Where(each => each.Parameter.Groups["type"].Value is not ("ILogger" or "LogLevel" or "Exception"))
        .Select(each => (
            SnakeCase(each.Message.Groups["event"].Value), SnakeCase(each.Parameter.Groups["name"].Value), each.Parameter.Groups["type"].Value, each.Parameter.Groups["null"].Success));

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    [GeneratedRegex("""\[LoggerMessage\(EventName = TelemetryNames\.Events\.(?<event>\w+).*?\)\]\s*private [^(]*\((?<parameters>.*?)\);""", RegexOptions.Singleline)]
    private static partial Regex MessageOf();

    [GeneratedRegex("""(?<type>[\w.\[\]]+)(?<null>\?)? (?<name>\w+)(?:,|$)""")]
    private static partial Regex ParameterOf();
}
