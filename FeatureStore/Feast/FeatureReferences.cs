using System.Text.RegularExpressions;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>What a Feast request asks for, resolved: the computation and the names of its columns.</summary>
internal sealed partial record FeatureReferences(ServiceAggregation Service, string[] Names)
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

    /// <summary>As Feast has it, <c>view@latest:feature</c> is <c>view:feature</c>, and <c>view@v2:feature</c> a version that a store may not keep.</summary>
    private static (string View, string Feature) Split(string reference)
    {
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        var match = Versioned().Match(reference);
        if (match.Groups["number"].Success)
        {
            throw FeastError.Other($"Version-qualified ref '{reference[..colon]}' not supported: a view has the one version that the registry file defines.");
        }
        return colon > 0 && colon < reference.Length - 1
            ? (match.Success ? match.Groups["view"].Value : reference[..colon], reference[(colon + 1)..])
            : throw FeastError.Other($"'{reference}' is not a feature reference, which is view:feature");
    }

    // driver_stats@v2:rating, driver_stats@latest:rating, driver_stats@:rating
    [GeneratedRegex("^(?<view>[^@:]+)@(v(?<number>[0-9]+)|latest)?:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Versioned();
}
