using System.Collections.Frozen;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Everything that can be written to. Immutable.</summary>
internal sealed class PushTargets
{
    private readonly FrozenDictionary<string, PushTarget> sources;
    private readonly FrozenDictionary<string, PushTarget> views;

    public PushTargets(FeatureRegistry registry, RedisKeys keys)
    {
        Keys = keys;
        var bounds = registry.Views.Where(view => view.MaxEntities is not null && view.Entity.Keys.Count > 0).ToDictionary(view => view.Name, view => new EntityBound(view), StringComparer.Ordinal);
        sources = registry.Sources.ToFrozenDictionary(source => source.Name, source => new PushTarget(registry, Keys, source)
        {
            Entities = [.. registry.ViewsOf(source).Where(view => bounds.ContainsKey(view.Name)).Select(view => new EntityCheck(bounds[view.Name], source, view.From!.Join))],
        }, StringComparer.Ordinal);
        views = registry.Views.OfType<RowView>().ToFrozenDictionary(view => view.Name, view => PushTarget.Direct(registry, Keys, view, bounds.GetValueOrDefault(view.Name)), StringComparer.Ordinal);
        All = [.. sources.Values, .. views.Values];
    }

    public RedisKeys Keys { get; }

    public IReadOnlyList<PushTarget> All { get; }

    /// <summary>The target of pushes to the source of that name, or null.</summary>
    public PushTarget? Source(string name) => sources.GetValueOrDefault(name);

    /// <summary>The target of direct writes to the row view of that name, or null.</summary>
    public PushTarget? View(string name) => views.GetValueOrDefault(name);

    /// <summary>The target whose <see cref="PushTarget.Source"/> has this name, or null.</summary>
    public PushTarget? Find(string sourceName) => sourceName.StartsWith(PushTarget.DirectPrefix, StringComparison.Ordinal) ? View(sourceName[PushTarget.DirectPrefix.Length..]) : Source(sourceName);
}
