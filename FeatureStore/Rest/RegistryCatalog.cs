using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions one by one: each as in the registry file, with <c>relationships</c>, and <c>layout</c> of a view.</summary>
internal sealed class RegistryCatalog(FeatureRegistry registry)
{
    /// <summary>All definitions of a kind, in file order.</summary>
    /// <param name="kind"><c>entities</c>, <c>data_sources</c>, <c>feature_views</c> or <c>feature_services</c>.</param>
    /// <exception cref="ServiceError">NotFound: no such kind.</exception>
    public JsonObject List(string kind) => new() { [kind] = new JsonArray([.. Definitions(kind).Select(definition => Describe(definition.Of, definition.Json))]) };

    /// <summary>The definition of that name.</summary>
    /// <param name="version">Of a feature service; null = its newest.</param>
    /// <exception cref="ServiceError">NotFound: no such kind, name or version.</exception>
    public JsonObject Get(string kind, string name, int? version)
    {
        var found = Definitions(kind).Where(definition => definition.Of.Name == name && (version is null || definition.Of.Version == version)).ToArray();
        if (found.Length == 0)
        {
            throw new ServiceError(ErrorCode.NotFound, "The registry has no definition of that name and version.", "name");
        }
        var (of, json) = found.MaxBy(definition => definition.Of.Version ?? 0);
        return Describe(of, json);
    }

    private IEnumerable<(RegistryObject Of, JsonObject Json)> Definitions(string kind) => kind switch
    {
        "entities" => registry.Entities.Select(entity => (RegistryObject.Of(entity), RegistryWriter.Entity(entity))),
        "data_sources" => registry.Sources.Select(source => (RegistryObject.Of(source), RegistryWriter.Source(source))),
        "feature_views" => registry.Views.Select(view => (RegistryObject.Of(view), Derived(view))),
        "feature_services" => registry.Services.Select(service => (RegistryObject.Of(service), RegistryWriter.Service(service))),
        _ => throw new ServiceError(ErrorCode.NotFound, "The registry has entities, data_sources, feature_views and feature_services.", "kind"),
    };

    /// <summary>The view with what follows from its definition.</summary>
    private static JsonObject Derived(FeatureView view)
    {
        var json = RegistryWriter.View(view);
        json["layout"] = RedisKeys.Layout(view);
        if (view.Freshness?.MaxAge is { } maxAge)
        {
            json["max_age_seconds"] = (long)maxAge.TotalSeconds;
        }
        return json;
    }

    private JsonObject Describe(RegistryObject of, JsonObject json)
    {
        json["relationships"] = RegistryWriter.Relationships(RegistryLineage.Of(registry).Where(relationship => relationship.Source == of || relationship.Target == of));
        return json;
    }
}
