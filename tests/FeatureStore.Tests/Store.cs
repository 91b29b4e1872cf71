using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Tests;

/// <summary>The service on real Kestrel with a Redis, or a Redis Cluster, of its own.</summary>
internal sealed class Store : IAsyncDisposable
{
    public sealed record Answer(double? Value, string Status, long? AgeSeconds);

    private readonly List<ServiceHost> hosts = [];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mlaspire-store-");

    private Store(RedisCluster? cluster, params RedisServer[] servers) => (Cluster, Servers) = (cluster, cluster?.Nodes ?? servers);

    public RedisCluster? Cluster { get; }

    /// <summary>The one server, or the nodes of the cluster.</summary>
    public IReadOnlyList<RedisServer> Servers { get; }

    public RedisServer Redis => Servers.Single();
    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2001, 4, 1, 12, 0, 0, TimeSpan.Zero));
    public HttpClient Client => hosts[0].Client;
    public RecordedLogs Logs => hosts[0].Logs;

    private string ConnectionString => string.Join(',', Servers.Select(server => server.ConnectionString));

    /// <summary>For files, as long as the store is there.</summary>
    public string Folder => folder.FullName;

    /// <summary>What tells this store's meters from those of stores of other tests.</summary>
    public object MeterScope => Services.GetRequiredService<IMeterFactory>();

    public IServiceProvider Services => hosts[0].Services;

    /// <summary>Its Redis alone.</summary>
    public static async Task<Store> WithoutReplicaAsync(bool cluster = false) => cluster ? new(await RedisCluster.StartAsync()) : new(null, await RedisServer.StartAsync());

    public static Task<Store> StartAsync(params (string Key, string Value)[] settings) => StartAsync(cluster: false, settings);

    public static Task<Store> StartAsync(bool cluster, params (string Key, string Value)[] settings) => WithAsync(store => store.AddReplicaAsync(settings: settings), cluster);

    /// <summary>A store with what <paramref name="start"/> starts; when that fails, its Redis does not stay behind.</summary>
    public static async Task<Store> WithAsync(Func<Store, Task> start, bool cluster = false)
    {
        var store = await WithoutReplicaAsync(cluster);
        try
        {
            await start(store);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <param name="connected">Wait until it is connected to Redis, which a busy machine may take its time for.</param>
    public async Task<HttpClient> AddReplicaAsync(bool connected = true, params (string Key, string Value)[] settings)
    {
        var host = await ServiceHost.StartAsync(FeatureStoreApp.Build, builder =>
        {
            builder.UseSetting("ConnectionStrings:redis", ConnectionString).UseTime(Time);
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }
        });
        hosts.Add(host);
        if (connected)
        {
            await Eventually.TrueAsync("the service to be connected to Redis", async () => (await host.Client.GetAsync("/v1/producers/nobody")).IsSuccessStatusCode);
        }
        return host.Client;
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json) => Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Pushes events of one source; <paramref name="producer"/> null = without offsets. With offsets a push that was unavailable (a busy machine) is repeated, as a producer would.</summary>
    public async Task<(int Accepted, int Skipped)> PushAsync(IReadOnlyList<Flights.Event> events, string? producer = null, long offset = 0, HttpClient? to = null)
    {
        var body = Body(events, producer, offset);
        var response = await (to ?? Client).PostAsJsonAsync("/push", body);
        for (var again = 0; again < 5 && producer is not null && response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable; again++)
        {
            response = await (to ?? Client).PostAsJsonAsync("/push", body);
        }
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        if (producer is null)
        {
            Assert.Empty(text); // Feast's push
            return (events.Count, 0);
        }
        var answer = JsonNode.Parse(text)!;
        return ((int)answer["accepted"]!, (int)answer["skipped"]!);
    }

    public static JsonObject Body(IReadOnlyList<Flights.Event> events, string? producer = null, long offset = 0)
    {
        var df = new JsonObject
        {
            ["event_time"] = JsonSerializer.SerializeToNode(events.Select(e => e.Time.ToString("yyyy-MM-ddTHH:mm:ss.fffK", System.Globalization.CultureInfo.InvariantCulture))),
            ["origin"] = JsonSerializer.SerializeToNode(events.Select(e => e.Origin)),
            ["destination"] = JsonSerializer.SerializeToNode(events.Select(e => e.Destination)),
        };
        if (events[0].Source == "landings")
        {
            df["delay_minutes"] = JsonSerializer.SerializeToNode(events.Select(e => e.Delay));
        }
        var body = new JsonObject { ["push_source_name"] = events[0].Source, ["df"] = df, ["to"] = "online" };
        if (producer is not null)
        {
            (body["producer"], body["offset"]) = (producer, offset);
        }
        return body;
    }

    /// <summary>The features of each row by name.</summary>
    public async Task<List<Dictionary<string, Answer>>> ReadAsync(params (string Origin, string Destination, DateTimeOffset? Moment)[] rows)
    {
        var body = new JsonObject
        {
            ["feature_service"] = "flight_delay",
            ["entities"] = new JsonObject
            {
                ["origin"] = JsonSerializer.SerializeToNode(rows.Select(r => r.Origin)), ["destination"] = JsonSerializer.SerializeToNode(rows.Select(r => r.Destination)),
            },
        };
        if (rows[0].Moment is not null)
        {
            body["event_times"] = JsonSerializer.SerializeToNode(rows.Select(r => r.Moment!.Value.ToString("O", System.Globalization.CultureInfo.InvariantCulture)));
        }
        var response = await PostAsync("/v1/features/online", body.ToJsonString());
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return [.. rows.Select((_, i) => answer["features"]!.AsArray().ToDictionary(
            f => (string)f!["name"]!, f => new Answer((double?)f!["values"]![i], (string)f["statuses"]![i]!, (long?)f["ages_seconds"]![i])))];
    }

    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"{ConnectionString},allowAdmin=true");

    /// <summary>Every key of Redis with its bytes, in key order; without the newest times of the sources, which are shared every second, the quarantine, which are no bytes, and how far logs are applied.</summary>
    /// <param name="text">Of the bytes; null = hexadecimal. Of a large Redis a hash takes less memory.</param>
    public async Task<List<string>> DumpAsync(Func<byte[], string>? text = null)
    {
        await using var redis = await ConnectAsync();
        var dump = new List<string>();
        foreach (var keys in redis.GetServers().SelectMany(server => server.Keys(pageSize: 1_000)).Where(key => $"{key}"[..3] is not ("fs:" or "fq:" or "fl:")).Chunk(1_000))
        {
            var values = await Task.WhenAll(keys.Select(key => BytesAsync(redis.GetDatabase(), key)));
            dump.AddRange(keys.Zip(values, (key, value) => $"{key} {(text ?? Convert.ToHexString)(value)}"));
        }
        dump.Sort(StringComparer.Ordinal);
        return dump;
    }

    private static async Task<byte[]> BytesAsync(IDatabase redis, RedisKey key) =>
        $"{key}".StartsWith("fe:", StringComparison.Ordinal) ? [.. (await redis.SetMembersAsync(key)).Order().SelectMany(id => (byte[])id!)] : (byte[])(await redis.StringGetAsync(key))!;

    /// <summary>Stops the service and leaves its Redis; the next replica is the first.</summary>
    public async Task StopReplicasAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
        hosts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopReplicasAsync();
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
        folder.Delete(recursive: true);
    }
}
