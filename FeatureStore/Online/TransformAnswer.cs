using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.Online;

/// <summary>Fills the transforms of a service from the features before them and what came with the request.</summary>
internal static class TransformAnswer
{
    /// <param name="features">The features of the request, in answer order; the transforms, which are last, are set.</param>
    /// <remarks>
    /// A value is STALE or DEFAULT when an input is, and as old as the oldest. Where there is none, the status is the worst of the inputs (NOT_FOUND, NULL, EXPIRED), or NULL when they were all there. What came with the request is PRESENT and of the row's moment, or NULL.
    /// </remarks>
    public static void Write(ServiceAggregation service, OnlineRow[] rows, OnlineFeature[] features)
    {
        var transforms = service.Service.Transforms;
        var inputs = new double[features.Length + service.InputColumns.Length];
        for (var i = 0; i < transforms.Count; i++)
        {
            var at = service.FirstTransform + i;
            features[at] = features[at] with { Statuses = new FieldStatus[rows.Length], AgesMicroseconds = new long[rows.Length] };
        }
        for (var row = 0; row < rows.Length; row++)
        {
            for (var i = 0; i < service.FirstTransform; i++)
            {
                inputs[i] = FieldStatuses.HasValue(features[i].Statuses[row]) ? NumberOf(features[i].Values, row) : double.NaN;
            }
            rows[row].Inputs.CopyTo(inputs, features.Length);
            service.Transform(rows[row].Moment, inputs);
            for (var i = 0; i < transforms.Count; i++)
            {
                Write(transforms[i], features, (service.FirstTransform + i, row), inputs);
            }
        }
    }

    private static void Write(Transform transform, OnlineFeature[] features, (int Feature, int Row) at, double[] inputs)
    {
        var (worst, stale, age) = (FieldStatus.Present, false, -1L);
        foreach (var input in transform.Expression.Inputs)
        {
            var (status, old) = input < features.Length ? (features[input].Statuses[at.Row], features[input].AgesMicroseconds[at.Row])
                : (double.IsNaN(inputs[input]) ? FieldStatus.Null : FieldStatus.Present, 0);
            stale |= status == FieldStatus.Stale;
            worst = (FieldStatus)Math.Max((int)worst, (int)status);
            age = Math.Max(age, old);
        }
        var value = inputs[at.Feature];
        var there = !double.IsNaN(value);
        var feature = features[at.Feature];
        feature.Statuses[at.Row] = there ? worst == FieldStatus.Default ? worst : stale ? FieldStatus.Stale : FieldStatus.Present : FieldStatuses.HasValue(worst) ? FieldStatus.Null : worst;
        feature.AgesMicroseconds[at.Row] = there && worst != FieldStatus.Default ? age : -1; // nobody knows how old a default is
        if (feature.Values is bool[] flags)
        {
            flags[at.Row] = there && value != 0;
        }
        else
        {
            ((double[])feature.Values)[at.Row] = value;
        }
    }

    private static double NumberOf(Array column, int row) => column switch
    {
        double[] values => values[row],
        float[] values => values[row],
        long[] values => values[row],
        int[] values => values[row],
        bool[] values => values[row] ? 1 : 0,
        _ => double.NaN, // of another type, which no expression reads
    };
}
