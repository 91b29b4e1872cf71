using System.Globalization;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What a feature of a row view says that its values must be.</summary>
internal static class ValueRules
{
    /// <summary>Notes in <paramref name="problems"/> which rule of <paramref name="feature"/> the value, or an element of the list, breaks.</summary>
    public static void Check(FieldProblems problems, RowFeature feature, object? value, RowField field)
    {
        if (value is null)
        {
            if (feature.NotNull)
            {
                problems.Add(field, "must not be null");
            }
        }
        else if (value is Array list and not byte[])
        {
            for (var i = 0; i < list.Length; i++)
            {
                CheckOne(problems, feature, list.GetValue(i)!, field with { Element = i });
            }
        }
        else
        {
            CheckOne(problems, feature, value, field);
        }
    }

    private static void CheckOne(FieldProblems problems, RowFeature feature, object value, RowField field)
    {
        if (feature.Range is { } range && Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && (number < range.Min || number > range.Max))
        {
            problems.Add(field, FormattableString.Invariant($"must be from {range.Min} to {range.Max}"));
        }
        if (feature.Enum is not { } texts || texts.Contains((string)value, StringComparer.Ordinal))
        {
            return;
        }
        problems.Add(field, $"must be one of {string.Join(", ", texts)}");
        problems.AddUnseen(feature.Name);
    }
}
