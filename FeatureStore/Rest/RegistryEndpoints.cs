using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions, as they are served. Not in Registry/, which Pipelines links: that folder knows no ASP.NET.</summary>
internal static class RegistryEndpoints
{
    public static void AddFeatureRegistry(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RegistryOptions, RegistryOptionsValidator>(RegistryOptions.Section);
        builder.Services.AddSingleton(services => RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, services.GetRequiredService<IOptions<RegistryOptions>>().Value.Path)));
        builder.Services.AddSingleton<RegistryCatalog>();
    }

    public static void MapFeatureRegistry(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/registry", (FeatureRegistry registry) => Json(RegistryWriter.Write(registry)));
        routes.MapGet("/v1/registry/lineage", (FeatureRegistry registry) => Json(new JsonObject { ["relationships"] = RegistryWriter.Relationships(RegistryLineage.Of(registry)) }));
        routes.MapGet("/v1/registry/{kind}", (string kind, RegistryCatalog catalog) => Json(catalog.List(kind)));
        routes.MapGet("/v1/registry/{kind}/{name}", (string kind, string name, int? version, RegistryCatalog catalog) => Json(catalog.Get(kind, name, version)));
    }

    private static IResult Json(JsonObject answer) => Results.Text(answer.ToJsonString(), "application/json");
}
