namespace MlAspire.FeatureStore.Aggregates;

/// <summary>What a feature reads of one entity in one view. Implemented by structs, so that reading allocates nothing.</summary>
internal interface ITileSums : ITileMaxima
{
    /// <summary>The sums over a range of tiles.</summary>
    TileSums Sums(TileGrid grid, TileRange range);
}
