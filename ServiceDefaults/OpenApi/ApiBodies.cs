using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>What the document says of bodies that handlers read, or write, themselves.</summary>
public static class ApiBodies
{
    private const string Json = "application/json";

    /// <summary>The form of the body; the route takes it under any content type, as before.</summary>
    public static TBuilder TakesBody<TBuilder>(this TBuilder route, Type type, string contentType = Json, bool isOptional = false)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyForm(type, contentType, isOptional));

    /// <summary>The route takes a body also as these bytes or this text.</summary>
    public static TBuilder TakesToo<TBuilder>(this TBuilder route, string contentType, string description)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new OtherForm(contentType, description, IsAnswer: false));

    /// <summary>The route answers 200 also in this form, when it is accepted.</summary>
    /// <param name="type">String for bytes and text.</param>
    public static TBuilder AnswersToo<TBuilder>(this TBuilder route, string contentType, string description, JsonSchemaType type = JsonSchemaType.String)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new OtherForm(contentType, description, IsAnswer: true, type));

    /// <summary>A body that the route answers with success.</summary>
    public static TBuilder WithExample<TBuilder>(this TBuilder route, string json)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyExample(json));

    internal static void AddTo(OpenApiOperation operation, IList<object> metadata)
    {
        var body = operation.RequestBody?.Content;
        if (metadata.OfType<BodyForm>().LastOrDefault() is { ContentType: not Json } form && body is not null && body.Remove(Json, out var taken))
        {
            body.Add(form.ContentType, taken);
        }

        foreach (var other in metadata.OfType<OtherForm>())
        {
            var content = other.IsAnswer ? operation.Responses!["200"].Content : body;
            content!.Add(other.ContentType, new OpenApiMediaType { Schema = new OpenApiSchema { Type = other.Type, Description = other.Description } });
        }

        if (metadata.OfType<BodyExample>().LastOrDefault() is { } example)
        {
            body![Json].Example = JsonNode.Parse(example.Json);
        }
    }

    private sealed record OtherForm(string ContentType, string Description, bool IsAnswer, JsonSchemaType Type = JsonSchemaType.String);

    private sealed record BodyExample(string Json);
}

/// <summary>A body that is read whatever content type it says, as Feast's own examples (<c>curl -d '{...}'</c>, which says it is a form) need it.</summary>
/// <param name="RequestType">Of its values.</param>
/// <param name="ContentType">What the document calls it.</param>
/// <param name="IsOptional">Whether there may be none.</param>
public sealed record BodyForm(Type? RequestType, string ContentType, bool IsOptional) : IAcceptsMetadata
{
    /// <summary>None, and so routing looks at none.</summary>
    public IReadOnlyList<string> ContentTypes => [];
}
