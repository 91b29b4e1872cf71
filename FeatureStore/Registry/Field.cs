namespace MlAspire.FeatureStore.Registry;

/// <summary>One typed column. Names are case-sensitive.</summary>
internal sealed record Field(string Name, FieldType Type);

/// <summary>Feast's value types; <see cref="FieldTypes"/> has their names in features.json.</summary>
internal enum FieldType
{
    String, Int32, Int64, Float, Double, Bool, Bytes, UnixTimestamp,
    StringList, Int32List, Int64List, FloatList, DoubleList, BoolList, BytesList, UnixTimestampList,
}
