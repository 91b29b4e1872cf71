using System.Globalization;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Files;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Names of the keys in Redis, and how long they live.</summary>
/// <remarks>
/// What is stored of an entity is in one of <see cref="Partitions"/> partitions, whose number in braces gives all its keys one slot of a cluster.<br/>
/// <c>ft:{40}:flights:origin_outcomes:547ce1d0:ATL:20010301</c>: tiles of 8 bytes (<see cref="Tile"/>) with the version of their layout (<see cref="TileLayout"/>), tile i of the day at byte 8 i.<br/>
/// <c>ft:{61}:flights:route_outcomes:938b61fc:ATL-LAX:20010301</c>, <c>ft:{38}:flights:network_outcomes:2d6e5ecb:_:20010301</c>: two join keys, and none.<br/>
/// <c>fx:{40}:flights:origin_outcomes:0b7d9a54:ATL:20010301</c>: the maxima of the same tiles (<see cref="MaximaLayout"/>), where a feature needs them.<br/>
/// <c>fr:{40}:flights:weather:5a0c1f77:ATL</c>: a row (<see cref="RowLayout"/>), with the version of its layout.<br/>
/// <c>fm:flights:weather:5a0c1f77:Packed:log.1f0a9c3b52d7</c>: event time up to which the row view was materialized from that log, microseconds since 1970, decimal.<br/>
/// <c>fo:flights:flights-landings</c>: which offsets of a producer are counted (<see cref="CountedOffsets"/>); <c>fo:{40}:flights:flights-landings</c>: the same of one partition, in a cluster; <c>fo:flights:tail_delays:0b7d9a54:flights-landings</c>: the same for a view that counts by itself.<br/>
/// <c>fe:flights:landings:273345</c>, in a cluster <c>fe:{40}:flights:landings:273345</c>: ids of the source's events in an hour, since 1970, a set (<see cref="EventIds"/>).<br/>
/// <c>fl:flights:log.1f0a9c3b52d7</c>: up to which sequence that log is applied, decimal (<see cref="LogPosition"/>); <c>fl:{40}:flights:log.1f0a9c3b52d7</c>, <c>fl:flights:tail_delays:0b7d9a54:log.1f0a9c3b52d7</c>: the same of one partition, and for a view that counts by itself.<br/>
/// <c>fs:flights</c>: the newest event time of each source, milliseconds since 1970.<br/>
/// <c>fq:flights</c>: rows that were set aside, JSON by producer and offset; and when it was last emptied.
/// </remarks>
/// <param name="prefix"><see cref="RedisOptions.KeyPrefix"/>.</param>
/// <param name="own">Begins the names of producers, and of sources where ids are kept, for a view that counts by itself: its name and the version of its layout.</param>
internal sealed class RedisKeys(FeatureRegistry registry, string prefix = "", string own = "")
{
    /// <summary>In how many parts the keys can be spread over the nodes of a cluster.</summary>
    public const int Partitions = 64;

    private const int DayNumberOf1970 = 719_162;
    private static readonly string[] Tags = [.. Enumerable.Range(0, Partitions).Select(partition => $":{{{partition:00}}}:")];
    private readonly string[] names = [.. registry.Views.Select(view => Name(registry, view))];
    private readonly byte[][][] rowPrefixes = [.. registry.Views.Select(view => view is RowView ? Array.ConvertAll(Tags, tag => Encoding.ASCII.GetBytes($"{prefix}fr{tag}{Name(registry, view)}")) : [])];
    private readonly MaximaLayout?[] maxima = [.. registry.Views.Select(view => view is AggregateView tiled ? MaximaLayout.Of(tiled) : null)];
    private FeastRedisLayout?[]? feast; // made when it is first asked for: most registries are not kept so
    private readonly int[] retentionSeconds = [.. registry.Views.Select(view => (int)view.Retention.TotalSeconds)];

    /// <summary>Version of the layout of what is stored of the view, 8 hexadecimal digits.</summary>
    public static string Layout(FeatureView view) => view is AggregateView aggregates ? TileLayout.Version(aggregates) : RowLayout.Version((RowView)view);

    /// <summary>How many <see cref="Stripe"/>s there are.</summary>
    public const int Stripes = 65_536;

    /// <summary>The partition that an entity is in with all its rows and tiles: the CRC-32C of its <see cref="EntityKey"/>, which is ASCII, modulo <see cref="Partitions"/>.</summary>
    public static int Partition(string entity) => (int)(Hash(entity) % Partitions);

    /// <summary>What an entity that was written is called where that is published; many entities have the same.</summary>
    public static ushort Stripe(string entity) => (ushort)Hash(entity);

    /// <remarks>Of a row all but the entity is there already: a request of many rows makes no text for each of them.</remarks>
    public RedisKey Of(OnlineKey key) => registry.Views[key.View] is RowView ? new RedisKey(key.Entity).Prepend(rowPrefixes[key.View][Partition(key.Entity)]) : Tiles(key);

    /// <summary>How Feast keeps a row view; null of an aggregate.</summary>
    public FeastRedisLayout? Feast(int view) => (feast ??= [.. registry.Views.Select(each => each is RowView rows ? new FeastRedisLayout(rows, registry.Project) : null)])[view];

    /// <summary>How the maxima of a view are laid out; null when it has none.</summary>
    public MaximaLayout? Maxima(int view) => maxima[view];

    /// <summary>Seconds that what is stored of the view lives after it was last written.</summary>
    public int RetentionSeconds(int view) => retentionSeconds[view];

    /// <summary>Where the last materialization of a row view from a log, in one of Redis' layouts, ended.</summary>
    public string Materialized(int view, RedisLayout layout, string log) => $"{prefix}fm:{names[view]}{layout}:{log}";

    /// <summary>Rows that were set aside, a hash.</summary>
    public string Quarantine => $"{prefix}fq:{registry.Project}";

    /// <summary>Channel on which every write is published.</summary>
    public string Invalidations => $"{prefix}fi:{registry.Project}";

    /// <summary>The newest event time of each source, a sorted set.</summary>
    public string SourceTimes => $"{prefix}fs:{registry.Project}";

    /// <summary>Which offsets of a producer are counted.</summary>
    /// <param name="partition">In one partition; null = in all.</param>
    public string Offsets(string producer, int? partition) => $"{prefix}fo{(partition is { } one ? Tags[one] : ":")}{registry.Project}:{own}{producer}";

    /// <summary>Up to where a log is applied.</summary>
    public string Applied(LogPosition to) => $"{prefix}fl{(to.Partition is { } one ? Tags[one] : ":")}{registry.Project}:{to.Log}";

    /// <summary>Begins the names of what is counted for one view alone; else empty.</summary>
    public string OwnPrefix => own;

    /// <summary>Ids of a source's events in an hour.</summary>
    /// <param name="partition">Of those that changed something in one partition; null = of all.</param>
    public string EventIds(string source, long hour, int? partition) => string.Create(CultureInfo.InvariantCulture, $"{prefix}fe{(partition is { } one ? Tags[one] : ":")}{registry.Project}:{own}{source}:{hour}");

    /// <summary>The same names, but that what is counted is kept for one view alone.</summary>
    public RedisKeys Own(AggregateView view) => new(registry, prefix, $"{view.Name}:{Layout(view)}:");

    private static uint Hash(string entity)
    {
        Span<byte> ascii = entity.Length <= 256 ? stackalloc byte[256] : new byte[entity.Length];
        return Crc32C.Of(ascii[..Encoding.ASCII.GetBytes(entity, ascii)]);
    }

    private static string Name(FeatureRegistry registry, FeatureView view) => $"{registry.Project}:{view.Name}:{Layout(view)}:";

    private string Tiles(OnlineKey key)
    {
        var date = DateOnly.FromDayNumber(key.Day + DayNumberOf1970);
        var (kind, name) = key.Maxima ? ("fx", $"{registry.Project}:{registry.Views[key.View].Name}:{maxima[key.View]!.Version}:") : ("ft", names[key.View]);
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}{kind}{Tags[Partition(key.Entity)]}{name}{key.Entity}:{date.Year * 10_000 + date.Month * 100 + date.Day:00000000}");
    }
}
