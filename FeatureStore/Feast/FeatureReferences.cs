using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>What a Feast request asks for, resolved: the computation and the names of its columns.</summary>
internal sealed record FeatureReferences(ServiceAggregation Service, string[] Names)
{
    /// <exception cref="FeastError">The service, a view or a feature does not exist, a reference is no <c>view:feature</c>, or two columns have one name.</exception>
    public static FeatureReferences Resolve(FeatureRegistry registry, GetOnlineFeaturesRequest request)
    {
        var service = request.FeatureService is { Length: > 0 } name
            ? registry.Service(name) ?? throw FeastError.ServiceNotFound(name, registry.Project)
            : new FeatureService("get-online-features", 1, [.. Views(registry, request.Features ?? [])]);
        var full = request.FullFeatureNames == true;
        string[] names = [.. service.Views.SelectMany(view => view.Features, (view, feature) => full ? $"{view.Prefix}__{feature.Name}" : feature.Name), .. service.Transforms.Select(transform => full ? $"{service.Name}__{transform.Name}" : transform.Name)];
        var twice = names.GroupBy(n => n, StringComparer.Ordinal).Where(group => group.Skip(1).Any()).Select(group => group.Key).ToList();
        return twice.Count == 0 ? new FeatureReferences(new ServiceAggregation(registry, service), names) : throw FeastError.NameCollision(twice);
    }

    /// <summary>The references grouped by view, in order of first use; looked up by the view's own join keys.</summary>
    private static IEnumerable<ServiceView> Views(FeatureRegistry registry, List<string> references)
    {
        if (references.Count == 0)
        {
            throw FeastError.Other("features or feature_service must be given");
        }
        return references.Distinct(StringComparer.Ordinal).Select(Split).GroupBy(reference => reference.View, reference => reference.Feature, StringComparer.Ordinal).Select(group =>
        {
            var view = registry.Views.FirstOrDefault(v => v.Name == group.Key) ?? throw FeastError.ViewNotFound(group.Key, registry.Project);
            return new ServiceView(view, view.Entity.JoinKeys, [.. group.Select(name => FeatureOf(view, name))], view.Name);
        });
    }

    private static Feature FeatureOf(FeatureView view, string name) =>
        view.Features.FirstOrDefault(feature => feature.Name == name) ?? throw FeastError.Other($"'Feature {name} not found in projection {view.Name}'");

    private static (string View, string Feature) Split(string reference)
    {
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < reference.Length - 1
            ? (reference[..colon], reference[(colon + 1)..])
            : throw FeastError.Other($"'{reference}' is not a feature reference, which is view:feature");
    }
}
