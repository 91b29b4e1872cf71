using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;
using MlAspire.FeatureStore;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Benchmarks.Features;

/// <summary>FeatureStore against what Redis itself can do on the same values, and against one HMGET an entity.</summary>
internal sealed class FeaturesBench(BenchSetting setting)
{
    private const int Callers = 16;
    private const string OpenLoopRow = "open-loop";
    private const string IngestRow = "ingest";
    private const string ReadableRow = "readable";
    private readonly BenchReport report = new();
    private readonly string registry = Path.Combine(setting.Output, "features.json");

    /// <summary>What can be measured by itself: the shapes of a read, the open loop, the pushes, and how soon what is pushed is read.</summary>
    public static IReadOnlyList<string> Rows { get; } = [.. FeatureData.Shapes.Select(NameOf), OpenLoopRow, IngestRow, ReadableRow];

    /// <returns>True when every bar holds.</returns>
    public async Task<bool> RunAsync()
    {
        Directory.CreateDirectory(setting.Output);
        FeatureData.WriteRegistry(Path.Combine(setting.Service, "features.json"), registry);
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        using var collector = Collector.Start(setting);
        using var service = Start(redis, collector);
        await FillAsync(service, connection);
        await using var app = FeatureStoreApp.Build([], builder => builder.WebHost.UseUrls("http://127.0.0.1:0").UseSetting("ConnectionStrings:redis", redis.ConnectionString).UseSetting("Registry:Path", registry).UseSetting("Logging:LogLevel:Default", "Warning"));
        await app.StartAsync();
        using var node = StartNode(redis, app.Services.GetRequiredService<ServedRegistry>().Current);
        foreach (var shape in FeatureData.Shapes.Where(shape => setting.Rows.Contains(NameOf(shape))))
        {
            await CompareAsync(shape, (redis, connection, service, node), app);
        }
        if (setting.Rows.Contains(OpenLoopRow))
        {
            MeasureHttp(service);
        }
        if (setting.Rows.Contains(IngestRow))
        {
            await MeasureIngestAsync(service);
        }
        if (setting.Rows.Contains(ReadableRow))
        {
            await MeasureReadableAsync(service);
        }
        report.Write(Console.Out, Path.Combine(setting.Output, "features.json"));
        return report.Holds;
    }

    private static string NameOf((int Entities, int Features) shape) => $"{shape.Entities}x{shape.Features}";

    /// <summary>FeatureStore with every signal, its log of rows on disk.</summary>
    private ServerProcess Start(RedisServer redis, Collector collector) => ServerProcess.Start(
        [Path.Combine(setting.Service, "MlAspire.FeatureStore")], setting.Service,
        new Dictionary<string, string>(collector.Environment)
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:PORT", ["ConnectionStrings__redis"] = redis.ConnectionString, ["Registry__Path"] = registry,
            ["Offline__Directory"] = EmptyLog(),
        },
        Path.Combine(setting.Output, "feature-store.log"), "GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n"u8.ToArray());

    /// <returns>The directory of a log of its own, without what an earlier run left.</returns>
    private string EmptyLog()
    {
        var directory = Path.Combine(setting.Output, "feature-log");
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
        return directory;
    }

    /// <summary>A Node server on the same Redis that answers the same, and is told nothing but where the rows are.</summary>
    private ServerProcess StartNode(RedisServer redis, RegistrySnapshot snapshot)
    {
        string Service(string view, int features) => $"{view}={features}={snapshot.Keys.Of(new OnlineKey(snapshot.Registry.IndexOf(snapshot.Registry.View(view)!), "", 0)).ToString().Replace("{00}", "{}", StringComparison.Ordinal)}";
        return ServerProcess.Start(
            ["node", "features.mjs", $"{redis.Port}", "PORT", Service(FeatureData.View(10), 10), Service(FeatureData.View(50), 50)], setting.Node,
            new Dictionary<string, string> { ["NODE_ENV"] = "production" }, Path.Combine(setting.Output, "node.log"), FeatureData.ReadRequest(1, 10));
    }

    private async Task FillAsync(ServerProcess service, ConnectionMultiplexer redis)
    {
        Console.Error.WriteLine($"{FeatureData.Entities} entities of 10 and 50 features");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        var now = TimeProvider.System.GetUtcNow();
        foreach (var width in new[] { 10, 50 })
        {
            var before = await UsedMemoryAsync(redis);
            for (var first = 0; first < FeatureData.Entities; first += 10_000)
            {
                (await client.PostAsync("/write-to-online-store", new StringContent(FeatureData.WriteBody(width, first, now), Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
            }
            if (width == 50)
            {
                report.Bars.Add(Bar.Most("Redis' memory an entity of 50 features", (await UsedMemoryAsync(redis) - before) / (double)FeatureData.Entities, 350, " B"));
            }
            foreach (var customer in FeatureData.Asked(100))
            {
                await redis.GetDatabase().HashSetAsync($"hash:{width}:{customer}", [.. Enumerable.Range(0, width).Select(f => new HashEntry($"f{f}", FeatureData.Value(1, f)))]);
            }
        }
    }

    private async Task CompareAsync((int Entities, int Features) shape, (RedisServer Redis, ConnectionMultiplexer Connection, ServerProcess Service, ServerProcess Node) with, WebApplication app)
    {
        var name = NameOf(shape);
        Console.Error.WriteLine(name);
        var snapshot = app.Services.GetRequiredService<ServedRegistry>().Current;
        var (definitions, keys) = (snapshot.Registry, snapshot.Keys);
        var view = definitions.IndexOf(definitions.View(FeatureData.View(shape.Features))!);
        string[] stored = [.. FeatureData.Asked(shape.Entities).Select(entity => keys.Of(new OnlineKey(view, entity, 0)).ToString())];
        var online = app.Services.GetRequiredService<OnlineFeatures>();
        var service = snapshot.Service(FeatureData.View(shape.Features))!;
        var (asked, now) = (FeatureData.Asked(shape.Entities), TimeProvider.System.GetUtcNow());
        Task Ours() => online.ReadAsync(snapshot, service, Array.ConvertAll(asked, entity => new OnlineRow([entity], now, [])), deadline: null, CancellationToken.None);
        RedisValue[] fields = [.. Enumerable.Range(0, shape.Features).Select(f => (RedisValue)$"f{f}")];
        RedisKey[] hashes = [.. FeatureData.Asked(shape.Entities).Select(entity => (RedisKey)$"hash:{shape.Features}:{entity}")];
        var database = with.Connection.GetDatabase();
        Task Hashes() => Task.WhenAll(hashes.Select(key => database.HashGetAsync(key, fields)));

        await AsyncLoop.RunAsync(Ours, Callers, setting.WarmUp);
        await AsyncLoop.RunAsync(Hashes, Callers, setting.WarmUp / 5);
        var request = FeatureData.ReadRequest(shape.Entities, shape.Features);
        WarmUp.Run(with.Service, request, 4, setting);
        var columnsRequest = FeatureData.ColumnsRequest(shape.Entities, shape.Features);
        WarmUp.Run(with.Service, columnsRequest, 4, setting);
        WarmUp.Run(with.Node, request, 4, setting);
        var (floor, ours, hmget, http, columns, node) = (new List<double>(), new List<Measured>(), new List<Measured>(), new List<Measured>(), new List<Measured>(), new List<Measured>());
        for (var round = 0; round < setting.Rounds; round++)
        {
            floor.Add(RedisFloor.MgetRate(with.Redis.Port, stored, setting.Quick ? 1_000 : 6_000));
            ours.Add(await AsyncLoop.RunAsync(Ours, Callers, setting.Slice));
            hmget.Add(await AsyncLoop.RunAsync(Hashes, Callers, setting.Slice));
            http.Add(ClosedLoop.Run(with.Service.Port, request, Callers, setting.Slice));
            columns.Add(ClosedLoop.Run(with.Service.Port, columnsRequest, Callers, setting.Slice));
            node.Add(ClosedLoop.Run(with.Node.Port, request, Callers, setting.Slice));
        }

        report.Figures.Add(new Figure(name, "redis", Callers, double.NaN, double.NaN, Rounds.Median(floor)));
        Add(name, "mget", ours);
        Add(name, "hmget", hmget);
        Add(name, "http", http);
        Add(name, "http columns", columns);
        Add(name, "node", node);
        var ratio = Rounds.Median(ours.Zip(floor, (measured, most) => measured.Rate / most));
        if (shape.Entities == 100)
        {
            report.Bars.Add(Bar.Least($"{name}: in process, decoded, with status and age / redis-benchmark's MGET100", ratio, 0.6));
        }
        report.Bars.Add(Bar.Least($"{name}: in process / one HMGET an entity, pipelined", Rounds.Median(ours.Zip(hmget, (measured, hash) => measured.Rate / hash.Rate)), 1));
        report.Bars.Add(Bar.Least($"{name}: over HTTP / Node with ioredis", Rounds.Median(http.Zip(node, (measured, other) => measured.Rate / other.Rate)), 1));
    }

    private void MeasureHttp(ServerProcess service)
    {
        var (json, columns) = (new List<Measured>(), new List<Measured>());
        Console.Error.WriteLine("100x50 over HTTP, 1,000 requests/s, open loop");
        var (jsonRequest, columnsRequest) = (FeatureData.ReadRequest(100, 50), FeatureData.ColumnsRequest(100, 50));
        WarmUp.Run(service, jsonRequest, 4, setting);
        WarmUp.Run(service, columnsRequest, 4, setting);
        for (var round = 0; round < setting.Rounds; round++)
        {
            json.Add(OpenLoop.Run(service.Port, jsonRequest, 1_000, Callers, setting.Slice * 2));
            columns.Add(OpenLoop.Run(service.Port, columnsRequest, 1_000, Callers, setting.Slice * 2));
        }
        Add("100x50 open loop", "http", json);
        Add("100x50 open loop", "http columns", columns);
        report.Bars.Add(Bar.Most("100x50 over HTTP at 1,000 requests/s: p99", Rounds.Median(json.Select(round => round.Microseconds(0.99) / 1_000)), 2, " ms"));
        report.Bars.Add(Bar.Most("100x50 over HTTP in columns of bytes at 1,000 requests/s: p50", Rounds.Median(columns.Select(round => round.Microseconds(0.5) / 1_000)), 0.5, " ms"));
    }

    private async Task MeasureIngestAsync(ServerProcess service)
    {
        Console.Error.WriteLine("ordered, exactly-once pushes of 10,000 events, one after the other");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        var from = TimeProvider.System.GetUtcNow().AddHours(-8);
        var rates = new List<double>();
        for (var push = 0; push < 3 + setting.Rounds; push++)
        {
            using var body = new StringContent(FeatureData.PushBody(push * 10_000L, from), Encoding.UTF8, "application/json");
            var began = TimeProvider.System.GetTimestamp();
            (await client.PostAsync("/push", body)).EnsureSuccessStatusCode();
            if (push >= 3)
            {
                rates.Add(10_000 / TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            }
        }
        report.Bars.Add(Bar.Least("landings (four tiles each) pushed exactly once, logged and applied, events/s", Rounds.Median(rates), 50_000));
    }

    /// <summary>From the moment a landing is sent to the first answer that has features of it: each of a route that nothing was known of.</summary>
    private async Task MeasureReadableAsync(ServerProcess service)
    {
        Console.Error.WriteLine("one landing pushed, and read until it shows");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        async Task<string> PostAsync(string path, string json)
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = (await client.PostAsync(path, body)).EnsureSuccessStatusCode();
            return await answer.Content.ReadAsStringAsync();
        }

        var (pushes, warmUp) = setting.Quick ? (20, 5) : (1_500, 500);
        var took = new Tally();
        for (var push = 0; push < warmUp + pushes; push++)
        {
            var read = FeatureData.RouteBody(push);
            var before = await PostAsync("/v1/features/online", read);
            var began = TimeProvider.System.GetTimestamp();
            await PostAsync("/push", FeatureData.LandingBody(push, TimeProvider.System.GetUtcNow()));
            while (await PostAsync("/v1/features/online", read) is var answer && FeatureData.Unknown(answer) >= FeatureData.Unknown(before))
            {
                if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
                {
                    throw new TimeoutException($"What was pushed 10 s ago is not read: {answer}");
                }
            }
            if (push >= warmUp)
            {
                took.Add(200, TimeProvider.System.GetElapsedTime(began));
            }
        }
        var measured = Measured.Of([took], took.Latencies.Aggregate(TimeSpan.Zero, (sum, one) => sum + one));
        report.Figures.Add(new Figure("push to readable", "http", 1, measured.Microseconds(0.5), measured.Microseconds(0.99), measured.Rate));
        report.Bars.Add(Bar.Most("push to readable: p99", measured.Microseconds(0.99) / 1_000, 20, " ms"));
    }

    private void Add(string name, string server, List<Measured> rounds) => report.Figures.Add(new Figure(name, server, Callers,
        Rounds.Median(rounds.Select(round => round.Microseconds(0.5))), Rounds.Median(rounds.Select(round => round.Microseconds(0.99))), Rounds.Median(rounds.Select(round => round.Rate))));

    private static async Task<long> UsedMemoryAsync(ConnectionMultiplexer redis)
    {
        var info = (await redis.GetServers()[0].InfoRawAsync("memory"))!;
        return long.Parse(info.Split("used_memory:")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
