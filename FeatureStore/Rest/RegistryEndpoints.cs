using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Statistics;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions, as they are served. Not in Registry/, which Pipelines links: that folder knows no ASP.NET.</summary>
internal static class RegistryEndpoints
{
    public static void AddFeatureRegistry(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RegistryOptions, RegistryOptionsValidator>(RegistryOptions.Section);
        builder.Services.AddSingleton<ServedRegistry>().AddHostedService<RegistryWatcher>();
        builder.Services.AddHealthChecks().AddCheck<RegistryHealth>("registry", tags: ["ready"]);
    }

    public static void MapFeatureRegistry(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/registry", (ServedRegistry served) => Json(RegistryWriter.Write(served.Current.Registry)));
        routes.MapGet("/v1/registry/status", (ServedRegistry served) => Json(Status(served)));
        routes.MapGet("/v1/registry/lineage", (ServedRegistry served) => Json(new JsonObject { ["relationships"] = RegistryWriter.Relationships(RegistryLineage.Of(served.Current.Registry)) }));
        routes.MapGet("/v1/registry/{kind}", (string kind, ServedRegistry served) => Json(new RegistryCatalog(served.Current.Registry).List(kind)));
        routes.MapGet("/v1/registry/{kind}/{name}", (string kind, string name, int? version, ServedRegistry served) => Json(new RegistryCatalog(served.Current.Registry).Get(kind, name, version)));
        routes.MapGet("/v1/registry/feature_views/{name}/statistics", (string name, ServedRegistry served) => Json(Statistics(served.Current, name)));
        routes.MapGet("/v1/registry/feature_services/{name}/statistics", (string name, int? version, ServedRegistry served) => Json(Statistics(served.Current, name, version)));
    }

    private static JsonObject Statistics(RegistrySnapshot snapshot, string view) =>
        StatisticsJson.Of(snapshot, snapshot.Registry.View(view) ?? throw new ServiceError(ErrorCode.NotFound, "There is no feature view of that name.", "name"));

    private static JsonObject Statistics(RegistrySnapshot snapshot, string service, int? version) =>
        StatisticsJson.Of(snapshot, snapshot.Registry.Service(service, version) ?? throw new ServiceError(ErrorCode.NotFound, "There is no feature service of that name and version.", "name"));

    private static JsonObject Status(ServedRegistry served)
    {
        var current = served.Current;
        return new JsonObject
        {
            ["sha256"] = current.Sha256,
            ["loaded_at"] = current.LoadedAt,
            ["problems"] = new JsonArray([.. served.Problems.Select(problem => new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message })]),
        };
    }

    private static IResult Json(JsonObject answer) => Results.Text(answer.ToJsonString(), "application/json");
}
