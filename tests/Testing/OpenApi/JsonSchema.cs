using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlAspire.Testing.OpenApi;

/// <summary>Checks JSON against the keywords of JSON Schema 2020-12 that the documents use; another keyword that would constrain is an error, so that none is passed over.</summary>
/// <param name="document">Which <c>$ref</c> points into.</param>
public sealed class JsonSchema(JsonNode document)
{
    private static readonly string[] Annotations = ["title", "description", "default", "example", "examples", "x-schema-id"];

    /// <returns>Where <paramref name="value"/> is not as <paramref name="schema"/> says; empty when it is.</returns>
    public IReadOnlyList<string> Violations(JsonNode schema, JsonNode? value, string path = "$") =>
        [.. schema.AsObject().Where(keyword => !Annotations.Contains(keyword.Key)).SelectMany(keyword => Violations(schema, keyword.Key, keyword.Value!, value, path))];

    private IEnumerable<string> Violations(JsonNode schema, string keyword, JsonNode says, JsonNode? value, string path) => keyword switch
    {
        "$ref" => Violations(((string)says!)["#/".Length..].Split('/').Aggregate(document, (node, part) => node[part]!), value, path),
        "anyOf" => says.AsArray().Any(each => Violations(each!, value, path).Count == 0) ? [] : [$"{path} is none of anyOf: {string.Join(" | ", says.AsArray().SelectMany(each => Violations(each!, value, path)))}"],
        "oneOf" => says.AsArray().Count(each => Violations(each!, value, path).Count == 0) == 1 ? [] : [$"{path} is not exactly one of oneOf: {string.Join(" | ", says.AsArray().SelectMany(each => Violations(each!, value, path)))}"],
        "type" => Unless(Types(says).Any(type => IsOf(type, value)), $"{path} is no {says.ToJsonString()}"),
        "format" => Unless((string)says! != "date-time" || value is not JsonValue time || time.GetValueKind() != JsonValueKind.String || IsMoment((string)time!), $"{path} is no date-time"),
        "enum" => Unless(says.AsArray().Any(each => JsonNode.DeepEquals(each, value)), $"{path} is none of {says.ToJsonString()}"),
        "minimum" => Unless(Number(value) is not { } number || number >= (decimal)says, $"{path} is below {says}"),
        "maximum" => Unless(Number(value) is not { } number || number <= (decimal)says, $"{path} is above {says}"),
        "minItems" => Unless(value is not JsonArray few || few.Count >= (int)says, $"{path} has fewer than {says} items"),
        "maxItems" => Unless(value is not JsonArray many || many.Count <= (int)says, $"{path} has more than {says} items"),
        "required" => Unless(value is not JsonObject parts || says.AsArray().All(name => parts.ContainsKey((string)name!)), $"{path} lacks one of {says.ToJsonString()}"),
        "properties" => value is JsonObject members ? says.AsObject().Where(member => members.ContainsKey(member.Key)).SelectMany(member => Violations(member.Value!, members[member.Key], $"{path}.{member.Key}")) : [],
        "additionalProperties" => value is JsonObject others && says is JsonObject
            ? others.Where(member => schema["properties"]?.AsObject().ContainsKey(member.Key) != true).SelectMany(member => Violations(says, member.Value, $"{path}.{member.Key}"))
            : Unless(value is not JsonObject closed || says is JsonObject || (bool)says || closed.All(member => schema["properties"]?.AsObject().ContainsKey(member.Key) == true), $"{path} has a member that is not in the schema"),
        "prefixItems" => value is JsonArray first ? says.AsArray().Zip(first).SelectMany((pair, i) => Violations(pair.First!, pair.Second, $"{path}[{i}]")) : [],
        "items" => value is JsonArray all ? all.Index().Skip(schema["prefixItems"]?.AsArray().Count ?? 0).SelectMany(item => Violations(says, item.Item, $"{path}[{item.Index}]")) : [],
        _ => throw new NotSupportedException($"keyword {keyword}"),
    };

    private static IEnumerable<string> Types(JsonNode says) => says is JsonArray several ? several.Select(type => (string)type!) : [(string)says!];

    private static bool IsMoment(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _) && text.Contains('T', StringComparison.Ordinal);

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("null", null or JsonValueKind.Null) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(Number(value)!.Value),
        _ => false,
    };

    private static decimal? Number(JsonNode? value) => value is JsonValue && value.GetValueKind() == JsonValueKind.Number ? decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    private static string[] Unless(bool holds, string violation) => holds ? [] : [violation];
}
