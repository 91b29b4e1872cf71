using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Xunit;

namespace MlAspire.Testing.OpenApi;

/// <summary>A running service's OpenAPI document, and whether the service is as it says.</summary>
public sealed class ServiceDocument
{
    private readonly JsonNode document;
    private readonly HashSet<string> answered = [];

    private ServiceDocument(JsonNode document) => this.document = document;

    public static async Task<ServiceDocument> OfAsync(HttpClient client)
    {
        var text = await client.GetStringAsync("/openapi.json");
        AssertValid("the service", text);
        return new(JsonNode.Parse(text)!);
    }

    /// <summary>The document as it came.</summary>
    public JsonNode Json => document;

    /// <summary>Whether the text is OpenAPI 3.1 without an error or a warning.</summary>
    public static void AssertValid(string what, string text)
    {
        var (read, diagnostic) = OpenApiDocument.Parse(text, "json");
        Assert.True(diagnostic!.Errors.Count == 0 && diagnostic.Warnings.Count == 0, $"{what}: {string.Join("; ", diagnostic.Errors.Concat(diagnostic.Warnings))}");
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic.SpecificationVersion);
        Assert.Empty(read!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
    }

    /// <summary>Every route that is mapped is in the document with its methods, and nothing else is; each says what it is for.</summary>
    public void AssertHasEveryRoute(IServiceProvider services)
    {
        var mapped = services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(method => $"{method} {PathOf(route)}")).Distinct();
        var documented = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        foreach (var (path, operation) in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (path.Key, operation.Value!))))
        {
            Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), $"{path} has no summary");
        }
    }

    /// <summary>Sends the request and holds the answer against the document: its status, its content type and its body.</summary>
    /// <param name="path">As the document has it: <c>/v1/models/{name}/route</c>.</param>
    public async Task<JsonNode?> AssertAnswerAsync(HttpClient client, HttpRequestMessage request, string path, int status)
    {
        var operation = document["paths"]![path]?[request.Method.Method.ToLowerInvariant()] ?? throw new ArgumentException($"{request.Method} {path} is not in the document", nameof(path));
        if (request.Content?.Headers.ContentType?.MediaType == "application/json" && status is >= 200 and < 300)
        {
            AssertFits($"the body of {request.Method} {path}", operation["requestBody"]!["content"]!["application/json"]!, await request.Content.ReadAsStringAsync());
        }

        using var response = await client.SendAsync(request);
        var what = $"{request.Method} {request.RequestUri} answered {(int)response.StatusCode}";
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{what}: {text}");
        var said = operation["responses"]![$"{status}"] ?? operation["responses"]!["default"];
        var content = said!["content"]?.AsObject();
        answered.Add($"{request.Method} {path}");
        if (text.Length == 0)
        {
            Assert.True(content is null || request.Method == HttpMethod.Head, $"{what} without a body");
            return null;
        }

        var type = response.Content.Headers.ContentType!.MediaType!;
        Assert.True(content?.ContainsKey(type) == true, $"{what} as {type}; the document has {content?.ToJsonString()}");
        return type.EndsWith("json", StringComparison.Ordinal) ? AssertFits(what, content![type]!, text) : null;
    }

    /// <summary>No operation was left out of the answers that were held against it.</summary>
    public void AssertAllAnswered() => Assert.Empty(document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).Except(answered));

    private JsonNode? AssertFits(string what, JsonNode content, string text)
    {
        var body = JsonNode.Parse(text);
        var violations = content["schema"] is { } schema ? new JsonSchema(document).Violations(schema, body) : [];
        Assert.True(violations.Count == 0, $"{what}: {string.Join("; ", violations)} in {text}");
        return body;
    }

    private static string PathOf(RouteEndpoint route) =>
        "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            _ => throw new NotSupportedException($"{part}"),
        }))));
}
