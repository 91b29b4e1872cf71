using System.Globalization;

namespace MlAspire.FeatureStore.Online;

/// <summary>The tiles of one entity in one view on one UTC day.</summary>
/// <param name="View">Position of the view in the registry.</param>
/// <param name="Day">Days since 1970-01-01.</param>
internal readonly record struct TileKey(int View, string Entity, int Day);

/// <summary>Names of the keys in Redis.</summary>
/// <remarks>
/// <c>ft:flights:origin_outcomes:ATL:20010301</c>: tiles of 8 bytes (<see cref="Aggregates.Tile"/>), tile i of the day at byte 8 i.<br/>
/// <c>ft:flights:route_outcomes:ATL-LAX:20010301</c>, <c>ft:flights:network_outcomes:_:20010301</c>: two join keys, and none.<br/>
/// <c>fp:flights:flights-landings</c>: next offset of a producer, decimal.
/// </remarks>
internal sealed class RedisKeys(Registry.FeatureRegistry registry)
{
    private const int DayNumberOf1970 = 719_162;
    private readonly string[] viewPrefixes = [.. registry.Views.Select(view => $"ft:{registry.Project}:{view.Name}:")];
    private readonly string producerPrefix = $"fp:{registry.Project}:";

    public string Tiles(TileKey key)
    {
        var date = DateOnly.FromDayNumber(key.Day + DayNumberOf1970);
        return string.Create(CultureInfo.InvariantCulture, $"{viewPrefixes[key.View]}{key.Entity}:{date.Year * 10_000 + date.Month * 100 + date.Day:00000000}");
    }

    public string Producer(string producer) => producerPrefix + producer;
}
