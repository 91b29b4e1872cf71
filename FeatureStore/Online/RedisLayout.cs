namespace MlAspire.FeatureStore.Online;

/// <summary>How rows are kept in Redis.</summary>
public enum RedisLayout
{
    /// <summary>One string a row, which is read with all others and the tiles in one MGET: docs/feature-layout.md.</summary>
    Packed,

    /// <summary>Feast's: one hash an entity, so that Feast's own feature servers read and write the same rows.</summary>
    Feast,
}
