using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Holds a view to its <see cref="FeatureView.MaxEntities"/>, so that a wrong join key cannot fill Redis. Thread-safe.</summary>
/// <remarks>Counts what this replica has seen since it took over the registry, in some 30 bytes an entity. Two entities of one 64-bit hash count as one.</remarks>
internal sealed class EntityBound(FeatureView view)
{
    private readonly Lock gate = new(); // guards seen
    private readonly HashSet<ulong> seen = [];

    public FeatureView View => view;

    /// <summary>False when the entity would be one too many.</summary>
    /// <param name="entity">Its <see cref="EntityKey"/>.</param>
    /// <param name="added">Gets what stands for the entity when it is new.</param>
    public bool Admit(string entity, ICollection<ulong> added)
    {
        var hash = HyperLogLog.Hash(entity);
        lock (gate)
        {
            if (seen.Contains(hash))
            {
                return true;
            }
            if (seen.Count >= view.MaxEntities)
            {
                return false;
            }
            seen.Add(hash);
        }
        added.Add(hash);
        return true;
    }

    /// <summary>Takes back what was <paramref name="added"/>: nothing of it is written.</summary>
    public void Forget(IEnumerable<ulong> added)
    {
        lock (gate)
        {
            seen.ExceptWith(added);
        }
    }
}
