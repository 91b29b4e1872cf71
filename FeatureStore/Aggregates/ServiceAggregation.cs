using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>A feature service made ready to be computed: what a row reads, and in which order its features are answered. Immutable.</summary>
internal sealed class ServiceAggregation
{
    public ServiceAggregation(FeatureRegistry registry, FeatureService service)
    {
        Service = service;
        EntityColumns = [.. service.Views.SelectMany(view => view.EntityColumns).Distinct(StringComparer.Ordinal)];
        FeatureNames = [.. service.FeatureNames];
        Views = new ServiceViewAggregation[service.Views.Count];
        var firstFeature = 0;
        for (var i = 0; i < Views.Length; i++)
        {
            var columns = service.Views[i].EntityColumns.Select(column => Array.IndexOf(EntityColumns, column));
            Views[i] = new ServiceViewAggregation(service.Views[i], IndexOf(registry, service.Views[i].View), [.. columns], firstFeature);
            firstFeature += service.Views[i].Features.Count;
        }
    }

    public FeatureService Service { get; }

    /// <summary>Request columns of entity values, each once, in order of first use.</summary>
    public string[] EntityColumns { get; }

    /// <summary>Features in answer order.</summary>
    public string[] FeatureNames { get; }

    /// <summary>The parts of a row, in answer order.</summary>
    public ServiceViewAggregation[] Views { get; }

    private static int IndexOf(FeatureRegistry registry, FeatureView view)
    {
        for (var i = 0; i < registry.Views.Count; i++)
        {
            if (ReferenceEquals(registry.Views[i], view)) { return i; }
        }
        throw new ArgumentException($"The view '{view.Name}' is not of this registry.", nameof(view));
    }
}
