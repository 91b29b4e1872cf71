namespace MlAspire.FeatureStore.Ingest;

/// <summary>Why a push is refused: the first of these that does not hold.</summary>
internal enum RefusalReason
{
    /// <summary>What is not of one row: a column is missing, unknown or of another length, an offset is wrong.</summary>
    Columns,

    /// <summary>A value is not of its field's type.</summary>
    Value,

    /// <summary>A row is late, and its source refuses such.</summary>
    Late,

    /// <summary>A value breaks a rule of a view: range, enum, notNull, or a row is too large.</summary>
    Rule,

    /// <summary>A view has as many entities as it may.</summary>
    Entities,
}
