using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>Failures in the document, from the one error table.</summary>
public static class ApiErrors
{
    private const string Problem = "problem";
    private const string V2Error = "v2_error";

    /// <summary>The codes that the route's own act may fail with. Those of keys and limits follow from the key that it needs.</summary>
    public static TBuilder FailsWith<TBuilder>(this TBuilder route, params ErrorCode[] codes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata([.. codes.Select(code => (object)new FailsWith(code))]);

    internal static void AddSchemas(OpenApiDocument document)
    {
        document.AddComponent(Problem, ProblemSchema());
        document.AddComponent(V2Error, V2Schema());
    }

    /// <summary>Adds an answer for the status of each code, which names all codes of that status, and one for what a framework refuses.</summary>
    internal static void AddTo(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata, bool isV2)
    {
        var own = metadata.OfType<FailsWith>().Select(fails => fails.Code);
        var keys = metadata.OfType<INeedsKey>().LastOrDefault() switch
        {
            null => [],
            { Scope: null } => (ErrorCode[])[ErrorCode.Unauthenticated],
            _ => [ErrorCode.Unauthenticated, ErrorCode.PermissionDenied, ErrorCode.Overloaded],
        };
        operation.Responses ??= [];
        foreach (var status in own.Concat(keys).Distinct().Select(ErrorMapping.Of).GroupBy(status => status.HttpStatus).OrderBy(status => status.Key))
        {
            var response = Response(string.Join(", ", status.Select(each => each.Wire)), document, isV2, status.First().IsRetryable);
            if (!operation.Responses.TryAdd(status.Key.ToString(CultureInfo.InvariantCulture), response) && operation.Responses[status.Key.ToString(CultureInfo.InvariantCulture)].Content is { } other)
            {
                foreach (var (type, content) in response.Content!)
                {
                    other.TryAdd(type, content);
                }
            }
        }

        operation.Responses.TryAdd("default", Response("Any other failure.", document, isV2, isRetryable: false));
    }

    private static OpenApiResponse Response(string description, OpenApiDocument document, bool isV2, bool isRetryable) => new()
    {
        Description = description,
        Headers = isRetryable ? new Dictionary<string, IOpenApiHeader> { ["Retry-After"] = new OpenApiHeader { Description = "Seconds.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" } } } : null,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [isV2 ? "application/json" : "application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(isV2 ? V2Error : Problem, document) },
        },
    };

    private static OpenApiSchema ProblemSchema() => Object(
        "A failure, as RFC 9457 has it.",
        ("type", new() { Type = JsonSchemaType.String, Enum = ["about:blank"] }),
        ("title", Text("The phrase of the status.")),
        ("status", new() { Type = JsonSchemaType.Integer, Minimum = "400", Maximum = "599" }),
        ("code", Codes()),
        ("detail", Text("A sentence on what is wrong.")),
        ("errors", new()
        {
            Type = JsonSchemaType.Array,
            Description = "Every wrong field; empty when the failure is not about fields.",
            Items = Object("A wrong field.", ("field", Text("Path in the request: entities.origin[0].")), ("message", Text("What is wrong with it."))),
        }),
        ("correlation_id", new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "Under which every service logs the request." }),
        ("trace_id", new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "Of the request's trace, 32 hexadecimal digits." }));

    private static OpenApiSchema V2Schema()
    {
        var schema = Object("A failure, as the Open Inference Protocol has it.", ("error", Text("What is wrong.")), ("code", Codes()), ("field", Text("The first wrong field, where there is one.")));
        schema.Required!.Remove("field");
        return schema;
    }

    private static OpenApiSchema Codes() => new()
    {
        Type = JsonSchemaType.String,
        Description = "The closed set of all services; a caller may decide by it.",
        Enum = [.. Enum.GetValues<ErrorCode>().Select(code => (JsonNode)ErrorMapping.Of(code).Wire)],
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static OpenApiSchema Object(string description, params (string Name, OpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = members.Select(member => member.Name).ToHashSet(),
        Properties = members.ToDictionary(member => member.Name, member => (IOpenApiSchema)member.Schema),
    };
}

/// <summary>The route may answer with this code.</summary>
internal sealed record FailsWith(ErrorCode Code);
