namespace MlAspire.FeatureStore.Registry;

/// <summary>One typed column of a source. Names are case-sensitive.</summary>
internal sealed record Field(string Name, FieldType Type);

/// <summary>Feast's value types, as they are spelt in features.json: STRING, INT32, ...</summary>
internal enum FieldType { String, Int32, Int64, Float, Double, Bool }
