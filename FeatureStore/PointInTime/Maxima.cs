using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The maxima of one entity; null = it has none.</summary>
internal readonly struct Maxima(MemoryTiles.EntityTiles? days) : ITileMaxima
{
    ReadOnlySpan<byte> ITileMaxima.Maxima(int day) => days is null ? default : days.Day(day);
}
