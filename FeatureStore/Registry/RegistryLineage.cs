namespace MlAspire.FeatureStore.Registry;

/// <summary>One definition of a registry. Types are spelt as Feast's registry spells them.</summary>
/// <param name="Type"><c>entity</c>, <c>dataSource</c>, <c>featureView</c> or <c>featureService</c>.</param>
/// <param name="Version">Of a feature service; null for the others.</param>
internal readonly record struct RegistryObject(string Type, string Name, int? Version = null)
{
    public static RegistryObject Of(Entity entity) => new("entity", entity.Name);

    public static RegistryObject Of(PushSource source) => new("dataSource", source.Name);

    public static RegistryObject Of(FeatureView view) => new("featureView", view.Name);

    public static RegistryObject Of(FeatureService service) => new("featureService", service.Name, service.Version);
}

/// <summary><paramref name="Target"/> is made of <paramref name="Source"/>.</summary>
internal readonly record struct Relationship(RegistryObject Source, RegistryObject Target);

/// <summary>What is made of what: entities and sources feed views, views feed services.</summary>
internal static class RegistryLineage
{
    /// <summary>Every direct relationship once: those of the views, then those of the services, in file order.</summary>
    public static IEnumerable<Relationship> Of(FeatureRegistry registry) => [.. registry.Views.SelectMany(OfView), .. registry.Services.SelectMany(OfService)];

    private static IEnumerable<Relationship> OfView(FeatureView view)
    {
        yield return new Relationship(RegistryObject.Of(view.Entity), RegistryObject.Of(view));
        if (view.From is { } from)
        {
            yield return new Relationship(RegistryObject.Of(from.Source), RegistryObject.Of(view));
        }
    }

    private static IEnumerable<Relationship> OfService(FeatureService service) =>
        service.Views.Select(view => new Relationship(RegistryObject.Of(view.View), RegistryObject.Of(service))).Distinct();
}
