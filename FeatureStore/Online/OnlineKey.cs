namespace MlAspire.FeatureStore.Online;

/// <summary>What one key of Redis holds: the tiles of an entity in a view on one UTC day, or its row.</summary>
/// <param name="View">Position of the view in the registry.</param>
/// <param name="Entity">The entity's <see cref="Aggregates.EntityKey"/>.</param>
/// <param name="Day">Days since 1970-01-01; 0 for a row.</param>
/// <param name="Maxima">Of the tiles, the maxima and not the sums.</param>
internal readonly record struct OnlineKey(int View, string Entity, int Day, bool Maxima = false);
