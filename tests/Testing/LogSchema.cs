using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlAspire.Testing;

/// <summary>
/// <c>docs/logs/log.schema.json</c>, and lines held to it. Of JSON Schema draft 2020-12 the keywords that the schema uses; another one is an error, so that none is passed over.
/// Source: <see href="https://json-schema.org/draft/2020-12/json-schema-validation"/>.
/// </summary>
public static class LogSchema
{
    public static JsonObject Root { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "docs/logs/log.schema.json")))!.AsObject();

    /// <summary>What of the line the schema does not allow: empty = nothing.</summary>
    public static IReadOnlyList<string> ProblemsOf(string line)
    {
        var value = JsonNode.Parse(line);
        return [.. Problems(Root, value, "").Select(problem => $"{problem} in {line}")];
    }

    private static IEnumerable<string> Problems(JsonNode schema, JsonNode? value, string field) =>
        schema.AsObject().SelectMany(keyword => Problems(keyword.Key, keyword.Value!, schema, value, field));

    private static IEnumerable<string> Problems(string keyword, JsonNode rule, JsonNode schema, JsonNode? value, string field) => keyword switch
    {
        "$schema" or "$id" or "$defs" or "title" or "description" => [],
        "then" when schema["if"] is not null => [], // the "if" looks at it
        "$ref" => Problems(Referred((string)rule!), value, field),
        "allOf" => rule.AsArray().SelectMany(each => Problems(each!, value, field)),
        "anyOf" => rule.AsArray().Any(each => !Problems(each!, value, field).Any()) ? [] : [$"'{field}' ({value?.ToJsonString() ?? "null"}) fits nothing of {rule.ToJsonString()}"],
        "if" => Problems(rule, value, field).Any() ? [] : Problems(schema["then"]!, value, field),
        "properties" => rule.AsObject().Where(each => value!.AsObject().ContainsKey(each.Key)).SelectMany(each => Problems(each.Value!, value![each.Key], each.Key)),
        "propertyNames" => value!.AsObject().SelectMany(each => Problems(rule, JsonValue.Create(each.Key), each.Key)),
        "required" => rule.AsArray().Select(each => (string)each!).Where(name => !value!.AsObject().ContainsKey(name)).Select(name => $"'{name}' is missing"),
        "const" => Unless(rule, value, field, JsonNode.DeepEquals(rule, value)),
        "enum" => Unless(rule, value, field, rule.AsArray().Any(each => JsonNode.DeepEquals(each, value))),
        "pattern" => Unless(rule, value, field, value is JsonValue text && text.TryGetValue<string>(out var letters) && Regex.IsMatch(letters, (string)rule!)),
        "type" => Unless(rule, value, field, (rule is JsonArray types ? types.Select(each => (string)each!) : [(string)rule!]).Any(type => Is(type, value))),
        _ => throw new NotSupportedException($"the schema's keyword '{keyword}'"),
    };

    private static string[] Unless(JsonNode rule, JsonNode? value, string field, bool fits) => fits ? [] : [$"'{field}' ({value?.ToJsonString() ?? "null"}) is not {rule.ToJsonString()}"];

    private static JsonNode Referred(string pointer) => pointer[2..].Split('/').Aggregate((JsonNode)Root, (node, name) => node[name]!);

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("string", JsonValueKind.String) or ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(value!.GetValue<decimal>()),
        _ => false,
    };
}
