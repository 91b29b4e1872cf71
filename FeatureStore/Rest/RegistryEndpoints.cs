using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Statistics;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions, as they are served. Not in Registry/, which Pipelines links: that folder knows no ASP.NET.</summary>
internal static class RegistryEndpoints
{
    public static void AddFeatureRegistry(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RegistryOptions, RegistryOptionsValidator>(RegistryOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<ServedRegistry>().AddHostedService<RegistryWatcher>();
        builder.Services.AddHealthChecks().AddCheck<RegistryHealth>("registry", tags: ["ready"]);
    }

    public static void MapFeatureRegistry(this IEndpointRouteBuilder routes)
    {
        var registry = routes.MapGroup("/v1/registry").WithTags("registry");
        registry.MapGet("", (ServedRegistry served) => Json(RegistryWriter.Write(served.Current.Registry))).WithSummary("All definitions, in the form of the registry's file").Produces<RegistryAnswer>();
        registry.MapGet("/status", (ServedRegistry served) => Json(Status(served))).WithSummary("Which file is served, and what is wrong with a newer one").Produces<RegistryStatus>();
        registry.MapGet("/lineage", (ServedRegistry served) => Json(new JsonObject { ["relationships"] = RegistryWriter.Relationships(RegistryLineage.Of(served.Current.Registry)) }))
            .WithSummary("Which definition follows from which").Produces<LineageAnswer>();
        registry.MapGet("/{kind}", (string kind, ServedRegistry served) => Json(new RegistryCatalog(served.Current.Registry).List(kind)))
            .WithSummary("All definitions of a kind").WithParameters(Kind).Produces<IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>>>>().FailsWith(ErrorCode.NotFound);
        registry.MapGet("/{kind}/{name}", (string kind, string name, int? version, ServedRegistry served) => Json(new RegistryCatalog(served.Current.Registry).Get(kind, name, version)))
            .WithSummary("One definition, with what it is related to").WithParameters(Kind, Version).Produces<IReadOnlyDictionary<string, JsonElement>>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        registry.MapGet("/feature_views/{name}/statistics", (string name, ServedRegistry served) => Json(Statistics(served.Current, name)))
            .WithSummary("What was answered of a view's features").Produces<ViewStatisticsAnswer>().FailsWith(ErrorCode.NotFound);
        registry.MapGet("/feature_services/{name}/statistics", (string name, int? version, ServedRegistry served) => Json(Statistics(served.Current, name, version)))
            .WithSummary("What was answered of a service's transforms").WithParameters(Version).Produces<ServiceStatisticsAnswer>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
    }

    private static ApiParameter Kind => new("kind", "What is wanted.") { Values = ["entities", "data_sources", "feature_views", "feature_services"] };

    private static ApiParameter Version => ApiQuery.Number("version", "Of the feature service; without it its newest.", 1, int.MaxValue);

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
