using System.Globalization;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Online;

/// <summary>Names of the keys in Redis, and how long they live.</summary>
/// <remarks>
/// <c>ft:flights:origin_outcomes:547ce1d0:ATL:20010301</c>: tiles of 8 bytes (<see cref="Tile"/>) with the version of their layout (<see cref="TileLayout"/>), tile i of the day at byte 8 i.<br/>
/// <c>ft:flights:route_outcomes:938b61fc:ATL-LAX:20010301</c>, <c>ft:flights:network_outcomes:2d6e5ecb:_:20010301</c>: two join keys, and none.<br/>
/// <c>fx:flights:origin_outcomes:0b7d9a54:ATL:20010301</c>: the maxima of the same tiles (<see cref="MaximaLayout"/>), where a feature needs them.<br/>
/// <c>fr:flights:weather:5a0c1f77:ATL</c>: a row (<see cref="RowLayout"/>), with the version of its layout.<br/>
/// <c>fm:flights:weather:5a0c1f77</c>: event time up to which the row view was materialized, microseconds since 1970, decimal.<br/>
/// <c>fp:flights:flights-landings</c>: next offset of a producer, decimal.<br/>
/// <c>fq:flights</c>: rows that were set aside, JSON by producer and offset.
/// </remarks>
/// <param name="prefix"><see cref="RedisOptions.KeyPrefix"/>.</param>
internal sealed class RedisKeys(FeatureRegistry registry, string prefix = "")
{
    private const int DayNumberOf1970 = 719_162;
    private readonly string[] viewPrefixes = [.. registry.Views.Select(view => $"{prefix}{(view is RowView ? "fr" : "ft")}:{registry.Project}:{view.Name}:{Layout(view)}:")];
    private readonly MaximaLayout?[] maxima = [.. registry.Views.Select(view => view is AggregateView tiled ? MaximaLayout.Of(tiled) : null)];
    private readonly FeastRedisLayout?[] feast = [.. registry.Views.Select(view => view is RowView rows ? new FeastRedisLayout(rows, registry.Project) : null)];
    private readonly int[] retentionSeconds = [.. registry.Views.Select(view => (int)view.Retention.TotalSeconds)];
    private readonly string producerPrefix = $"{prefix}fp:{registry.Project}:";

    /// <summary>Version of the layout of what is stored of the view, 8 hexadecimal digits.</summary>
    public static string Layout(FeatureView view) => view is AggregateView aggregates ? TileLayout.Version(aggregates) : new RowLayout(view.Features).Version;

    public string Of(OnlineKey key) => registry.Views[key.View] is RowView ? viewPrefixes[key.View] + key.Entity : Tiles(key);

    /// <summary>How Feast keeps a row view; null of an aggregate.</summary>
    public FeastRedisLayout? Feast(int view) => feast[view];

    /// <summary>How the maxima of a view are laid out; null when it has none.</summary>
    public MaximaLayout? Maxima(int view) => maxima[view];

    /// <summary>Seconds that what is stored of the view lives after it was last written.</summary>
    public int RetentionSeconds(int view) => retentionSeconds[view];

    /// <summary>Where the last materialization of a row view ended.</summary>
    public string Materialized(int view) => $"{prefix}fm{viewPrefixes[view][(prefix.Length + 2)..^1]}";

    /// <summary>Rows that were set aside, a hash.</summary>
    public string Quarantine => $"{prefix}fq:{registry.Project}";

    public string Producer(string producer) => producerPrefix + producer;

    private string MaximaPrefix(int view) => $"{prefix}fx:{registry.Project}:{registry.Views[view].Name}:{maxima[view]!.Version}:";

    private string Tiles(OnlineKey key)
    {
        var date = DateOnly.FromDayNumber(key.Day + DayNumberOf1970);
        return string.Create(CultureInfo.InvariantCulture, $"{(key.Maxima ? MaximaPrefix(key.View) : viewPrefixes[key.View])}{key.Entity}:{date.Year * 10_000 + date.Month * 100 + date.Day:00000000}");
    }
}
