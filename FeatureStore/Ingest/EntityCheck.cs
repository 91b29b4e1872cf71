using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Finds the entities of the rows of a source that are too many for a view.</summary>
/// <param name="bound">Of the view, whichever source writes to it.</param>
/// <param name="join">Field that holds each join key of the view's entity; at least one.</param>
internal sealed class EntityCheck(EntityBound bound, PushSource source, IReadOnlyList<string> join)
{
    private readonly int[] keys = [.. join.Select(source.IndexOf)];

    public EntityBound Bound => bound;

    /// <param name="row">Shape [fields of the source].</param>
    /// <param name="index">Number of the row, for messages.</param>
    /// <param name="added">Gets the row's entity when it is new.</param>
    public void Check(FieldProblems problems, ReadOnlySpan<FieldValue> row, int index, ICollection<ulong> added)
    {
        var entity = new string[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            entity[i] = row[keys[i]].KeyText;
        }
        if (!bound.Admit(EntityKey.Of(entity), added))
        {
            problems.Add(new RowField($"df.{join[0]}", index), $"would be one entity more than '{bound.View.Name}' may have, which is {bound.View.MaxEntities}");
        }
    }
}
