using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.Pipelines;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>What the services and the replay write is what docs/logs/log.schema.json says, and what the shippers map is what they wrote.</summary>
public sealed class LogSchemaTests
{
    private const int Predictions = 600; // each at least 17 lines in the services that it passes

    [Fact]
    public async Task Every_line_of_every_service_and_of_a_job_fits_the_schema_and_passes_both_mappings_whole()
    {
        await using var services = await RunningServices.StartAsync(LogLevel.Debug);
        var job = await ReplayAsync(services);
        await Parallel.ForEachAsync(Enumerable.Range(0, Predictions), async (number, _) => await services.PredictAsync($"p{number}"));
        await AskAsync(services);
        await services.Redis.KillAsync();
        await services.PredictAsync("without-redis");
        foreach (var (service, name) in RunningServices.All.Except([RunningServices.Inference]).Select(service => (service, "redis_lost")).Append((RunningServices.Monitoring, "stream_lost")))
        {
            await Eventually.TrueAsync($"{service} to say {name}", () => services.Lines(service).Any(line => line.Contains(name, StringComparison.Ordinal)));
        }

        var lines = RunningServices.All.ToDictionary(service => service, services.Lines);
        lines["flights"] = job;

        Assert.InRange(lines.Values.Sum(all => all.Count), 10_000, int.MaxValue);
        Assert.Empty(lines.Values.SelectMany(all => all).SelectMany(LogSchema.ProblemsOf));
        AssertEvents("gateway", "application_started", "audit_opened", "pipelines_loaded", "prediction_answered", "prediction_failed", "request_completed", "request_refused", "step_completed", "redis_lost");
        AssertEvents("feature-store", "application_started", "feature_log_opened", "request_completed", "request_not_served", "request_refused", "step_completed", "redis_lost");
        AssertEvents("inference", "application_started", "inference_completed", "model_loaded", "model_ran", "request_completed", "request_refused");
        AssertEvents("monitoring", "application_started", "request_completed", "request_refused", "stream_resumed", "stream_lost", "redis_lost");
        AssertEvents("flights", "replay_done", "replay_warm");
        Assert.All(lines.Values.SelectMany(all => all), line =>
        {
            var leaves = Leaves(JsonNode.Parse(line)!);
            Assert.Equal(leaves, Leaves(ShipperMapping.Ecs.Map(line)).Where(value => value != ShipperMapping.EcsVersion));
            Assert.Equal(leaves, Leaves(ShipperMapping.Datadog.Map(line)));
        });

        void AssertEvents(string service, params string[] events) => Assert.Empty(events.Except(lines[service].Select(line => (string?)JsonNode.Parse(line)!["event"])).Select(name => $"{service} wrote no {name}"));
    }

    private static IOrderedEnumerable<string> Leaves(JsonNode? node) => All(node).Order(StringComparer.Ordinal);

    private static IEnumerable<string> All(JsonNode? node) => node switch
    {
        null => [],
        JsonObject map => map.SelectMany(each => All(each.Value)),
        _ => [node.ToJsonString()],
    };

    private static async Task AskAsync(RunningServices services)
    {
        await services.PredictAsync("answered");
        await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict", new JsonObject());
        await services.SendAsync(HttpMethod.Post, "/v2/models/flight-delay/infer", new JsonObject());
        await services.AdminAsync(HttpMethod.Put, "/v1/telemetry/verbose-rules/a", """{"user": "u", "time_to_live_seconds": 60}""");
        var (store, monitoring) = (services.HostOf(RunningServices.FeatureStore).Client, services.HostOf(RunningServices.Monitoring).Client);
        await store.PostAsJsonAsync("/push", new { push_source_name = "unknown" });
        await store.PostAsJsonAsync("/get-online-features", JsonNode.Parse("""{"feature_service": "flight_delay", "entities": {"origin": ["ATL"], "destination": ["LGA"]}, "full_feature_names": true}"""));
        await store.PostAsJsonAsync("/v1/features/online", JsonNode.Parse("""{"feature_service": "unknown", "entities": {"origin": ["ATL"]}}"""));
        await store.GetAsync("/v1/registry");
        await monitoring.PostAsJsonAsync("/v1/feedback", new { labels = 1 });
        await monitoring.GetAsync("/v1/models/flight-delay/summary");
        await monitoring.GetAsync("/");
    }

    /// <summary>The replay of three flights as its own process; its lines.</summary>
    private static async Task<IReadOnlyList<string>> ReplayAsync(RunningServices services)
    {
        var data = Directory.CreateTempSubdirectory("mlaspire-flights-");
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "airports.csv"), "iata,name,city,state,latitude,longitude,tz\nATL,A,A,GA,0,0,America/New_York\nLGA,L,L,NY,0,0,America/New_York\n");
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "routes.csv"), "origin,destination,distance\nATL,LGA,761\n");
        await using (var flights = new StreamWriter(new GZipStream(File.Create(Path.Combine(data.FullName, "flights.csv.gz")), CompressionLevel.Fastest)))
        {
            await flights.WriteAsync("minutes,delay,origin,destination\n0,1,ATL,LGA\n60,20,ATL,LGA\n60,2,ATL,LGA\n");
        }

        var start = new ProcessStartInfo("dotnet", [typeof(PipelinesApp).Assembly.Location, "replay", "--from", "2001-01-01T06:00:00Z", "--speed", "1000000"]) { RedirectStandardOutput = true };
        foreach (var (key, value) in new[] { ("DOTNET_ENVIRONMENT", "Production"), ("Flights__Directory", data.FullName), ("Flights__File", "flights.csv.gz") })
        {
            start.Environment[key] = value;
        }

        foreach (var service in new[] { RunningServices.Gateway, RunningServices.FeatureStore, RunningServices.Monitoring })
        {
            start.Environment[$"services__{service}__http__0"] = services.HostOf(service).Address.ToString();
        }

        using var process = Process.Start(start)!;
        var written = await process.StandardOutput.ReadToEndAsync().WithinAsync("the replay to end", TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        data.Delete(recursive: true);
        return written.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
