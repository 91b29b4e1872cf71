using System.Collections.Frozen;

namespace MlAspire.FeatureStore.Registry;

/// <summary>Immutable snapshot of all definitions. Every reference in it is resolved; safe to share between threads.</summary>
internal sealed class FeatureRegistry(
    string project, IReadOnlyList<Entity> entities, IReadOnlyList<PushSource> sources, IReadOnlyList<FeatureView> views, IReadOnlyList<FeatureService> services)
{
    private readonly FrozenDictionary<string, PushSource> sourceByName = sources.ToFrozenDictionary(s => s.Name, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, int> indexByName = views.Index().ToFrozenDictionary(v => v.Item.Name, v => v.Index, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, FeatureService> newestByName = services
        .GroupBy(s => s.Name, StringComparer.Ordinal)
        .ToFrozenDictionary(g => g.Key, g => g.MaxBy(s => s.Version)!, StringComparer.Ordinal);

    public string Project => project;
    public IReadOnlyList<Entity> Entities => entities;
    public IReadOnlyList<PushSource> Sources => sources;
    public IReadOnlyList<FeatureView> Views => views;
    public IReadOnlyList<FeatureService> Services => services;

    /// <summary>The source of that name, or null.</summary>
    public PushSource? Source(string name) => sourceByName.GetValueOrDefault(name);

    /// <summary>The view of that name, or null.</summary>
    public FeatureView? View(string name) => indexByName.TryGetValue(name, out var index) ? views[index] : null;

    /// <summary>Position of the view in <see cref="Views"/>.</summary>
    public int IndexOf(FeatureView view) => indexByName[view.Name];

    /// <summary>The service of that name and version, or null.</summary>
    /// <param name="version">Null = the newest.</param>
    public FeatureService? Service(string name, int? version = null) => version is null ? newestByName.GetValueOrDefault(name) : services.FirstOrDefault(service => service.Name == name && service.Version == version);

    /// <summary>Position of the service in <see cref="Services"/>; -1 when it is none of them.</summary>
    public int IndexOf(FeatureService service)
    {
        var index = services.Count - 1;
        while (index >= 0 && !ReferenceEquals(services[index], service))
        {
            index--;
        }
        return index;
    }

    /// <summary>The views that an event of <paramref name="source"/> changes, in file order.</summary>
    public IEnumerable<FeatureView> ViewsOf(PushSource source) => views.Where(view => ReferenceEquals(view.From?.Source, source));
}
