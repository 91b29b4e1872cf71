using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary><c>GET /openapi.json</c>: the OpenAPI 3.1 document of the service, made of its routes once. It holds no secret and needs no key.</summary>
/// <remarks>Source: <see href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI 3.1.1</see>, whose schemas are JSON Schema 2020-12.</remarks>
public sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider documents)
{
    /// <summary>For <c>AddOpenApi</c>, which each service calls itself: its generator takes the comments of the project that calls it.</summary>
    public const string Name = "v1";

    public const string Path = "/openapi.json";

    private readonly Lazy<Task<string>> text = new(async () =>
        await (await documents.GetOpenApiDocumentAsync(CancellationToken.None)).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, CancellationToken.None));

    internal Task<string> TextAsync(CancellationToken cancellationToken) => text.Value.WaitAsync(cancellationToken);
}

/// <summary>How a service has its document.</summary>
public static class ApiDocuments
{
    /// <summary>What the document is made with. The service calls <c>AddOpenApi</c> besides.</summary>
    public static void AddApiDocument(this IHostApplicationBuilder builder, ServiceInfo info)
    {
        builder.Services.AddSingleton(info).AddSingleton<ApiDocument>();
        builder.Services.ConfigureHttpJsonOptions(http =>
        {
            http.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            http.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
    }

    public static void MapApiDocument(this IEndpointRouteBuilder routes) => routes
        .MapGet(ApiDocument.Path, async (ApiDocument document, CancellationToken cancellationToken) => TypedResults.Text(await document.TextAsync(cancellationToken), "application/json"))
        .WithTags(ApiTags.Operations).WithSummary("This document").Produces<JsonElement>();

    /// <summary>What the documents of all services have in common: who it is, keys, errors and bounds.</summary>
    public static OpenApiOptions UseServiceDefaults(this OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, context, _) =>
        {
            var info = context.ApplicationServices.GetRequiredService<ServiceInfo>();
            document.Info = new OpenApiInfo { Title = info.Title, Description = info.Description, Version = ServiceVersion.Text };
            document.Servers = [new OpenApiServer { Url = "/" }];
            ApiSecurity.AddSchemes(document);
            ApiErrors.AddSchemas(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            ApiSecurity.AddTo(operation, context.Document!, metadata);
            ApiQuery.AddTo(operation, metadata);
            ApiBodies.AddTo(operation, metadata);
            ApiErrors.AddTo(operation, context.Document!, metadata, isV2: context.Description.RelativePath!.StartsWith("v2/", StringComparison.Ordinal));
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            ApiSchemas.Complete(schema, context.JsonTypeInfo);
            return Task.CompletedTask;
        });
        return options;
    }
}
