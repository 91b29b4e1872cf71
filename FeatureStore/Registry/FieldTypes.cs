using System.Collections.Frozen;

namespace MlAspire.FeatureStore.Registry;

/// <summary>The names of the types, as Feast spells them, and what they hold.</summary>
internal static class FieldTypes
{
    private const int ListOffset = FieldType.StringList - FieldType.String;

    /// <summary>Type by name: STRING, INT32, INT64, FLOAT, DOUBLE, BOOL, BYTES, UNIX_TIMESTAMP, and a list of each, e.g. FLOAT_LIST.</summary>
    public static FrozenDictionary<string, FieldType> ByName { get; } = Enum.GetValues<FieldType>().ToFrozenDictionary(Name, StringComparer.Ordinal);

    public static string Name(FieldType type) => type switch
    {
        FieldType.UnixTimestamp => "UNIX_TIMESTAMP",
        _ when IsList(type) => Name(ElementOf(type)) + "_LIST",
        _ => type.ToString().ToUpperInvariant(),
    };

    public static bool IsList(FieldType type) => type >= FieldType.StringList;

    /// <summary>A value is a number, or can stand as one: a BOOL is 0 or 1, a UNIX_TIMESTAMP its seconds.</summary>
    public static bool IsNumber(FieldType type) => type is FieldType.Int32 or FieldType.Int64 or FieldType.Float or FieldType.Double or FieldType.Bool or FieldType.UnixTimestamp;

    /// <summary>Type of the elements of a list; a type that is no list itself.</summary>
    public static FieldType ElementOf(FieldType type) => IsList(type) ? type - ListOffset : type;

    /// <summary>Bytes of one value; 0 = as many as it has.</summary>
    public static int SizeBytes(FieldType type) => type switch
    {
        FieldType.Bool => 1,
        FieldType.Int32 or FieldType.Float => 4,
        FieldType.Int64 or FieldType.Double or FieldType.UnixTimestamp => 8,
        _ => 0,
    };
}
