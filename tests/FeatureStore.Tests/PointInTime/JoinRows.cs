using MlAspire.FeatureStore.PointInTime;

namespace MlAspire.FeatureStore.Tests.PointInTime;

/// <summary>Rows into a join as texts, and out of it one by one, so that they outlive the next ones.</summary>
internal static class JoinRows
{
    public static SpineRow Spine(long index, DateTimeOffset moment, params string[] entities) => new(index, moment, Array.ConvertAll(entities, entity => entity.AsMemory()), default, []);

    public static IEnumerable<(long Index, DateTimeOffset Moment, double[] Values)> All(this PointInTimeJoin join) =>
        join.Join().SelectMany(rows => Enumerable.Range(0, rows.Count).Select(row => (rows.Indexes[row], rows.Moments[row], Array.ConvertAll(rows.Values, column => column[row]))));
}
