using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.OpenApi;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The OpenAPI documents: <c>/openapi.json</c> of the server, <c>/v2/models/{model}[/versions/{version}]/openapi.json</c> of a model.</summary>
internal static class OpenApiEndpoints
{
    public static void MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/openapi.json", () => Json(ServerDocument.Of(InferenceService.Server)));
        routes.MapGet("/v2/models/{model}/openapi.json", (ModelTable table, string model) => Of(table, model, null, $"/v2/models/{Uri.EscapeDataString(model)}"));
        routes.MapGet("/v2/models/{model}/versions/{version}/openapi.json",
            (ModelTable table, string model, string version) => Of(table, model, version, $"/v2/models/{Uri.EscapeDataString(model)}/versions/{version}"));
    }

    private static ContentHttpResult Of(ModelTable table, string model, string? version, string path)
    {
        using var lease = table.Acquire(model, version);
        return Json(ModelDocument.Of(lease.Model, path));
    }

    private static ContentHttpResult Json(JsonObject document) => TypedResults.Text(document.ToJsonString(), "application/json");
}
