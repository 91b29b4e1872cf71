using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Transforms;

/// <summary>Values that come with a request, as expressions read them: numbers of 64 bits, a BOOL as 0 or 1. By one rule online and in a join, so that both have the same bits.</summary>
internal static class RequestInputs
{
    private const double MaxInt64 = 1UL << 63; // as a number of 64 bits

    /// <summary>The types that one may have, by name.</summary>
    public static IReadOnlyDictionary<string, FieldType> Types { get; } =
        new[] { FieldType.Int32, FieldType.Int64, FieldType.Float, FieldType.Double, FieldType.Bool }.ToDictionary(FieldTypes.Name, StringComparer.Ordinal);

    /// <summary>The number as a value of the type: of a FLOAT the nearest of 32 bits, and never minus zero, which only some of the forms can say. Null when it is no value of the type.</summary>
    public static double? Of(FieldType type, double number)
    {
        var value = (type == FieldType.Float ? (float)number : number) + 0.0;
        var isValue = type switch
        {
            FieldType.Bool => value is 0 or 1,
            FieldType.Int32 => double.IsInteger(value) && value is >= int.MinValue and <= int.MaxValue,
            FieldType.Int64 => double.IsInteger(value) && Math.Abs(value) <= MaxInt64,
            _ => double.IsFinite(value),
        };
        return isValue ? value : null;
    }

    /// <summary>What is wrong with a value that is none.</summary>
    public static string Expected(FieldType type) => type switch
    {
        FieldType.Bool => "must be true or false, or 1 or 0",
        FieldType.Int32 => "must be a whole number of 32 bits",
        FieldType.Int64 => "must be a whole number of 64 bits",
        FieldType.Float => "must be a number of 32 bits",
        _ => "must be a number of 64 bits",
    };
}
