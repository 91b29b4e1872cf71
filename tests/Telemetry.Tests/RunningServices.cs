using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using MlAspire.FeatureStore;
using MlAspire.Gateway;
using MlAspire.Inference.Api;
using MlAspire.Monitoring;
using MlAspire.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // each test runs all services, and hears all spans of the process

namespace MlAspire.Telemetry.Tests;

/// <summary>The services for real, in one process: Kestrel, Redis, ONNX Runtime with the committed model. Each writes its lines to a file of its own.</summary>
internal sealed class RunningServices : IAsyncDisposable
{
    public const string Gateway = "gateway";
    public const string FeatureStore = "feature-store";
    public const string Inference = "inference";
    public const string Monitoring = "monitoring";

    public const string AdminKey = "operator-0123456789abcdef0123456789abcdef";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mlaspire-services-");
    private readonly Dictionary<string, (WrittenLog Log, ServiceHost Host)> services = [];
    private readonly RedisServer redis;

    private RunningServices(RedisServer redis) => this.redis = redis;

    /// <summary>Those that a prediction passes.</summary>
    public static IReadOnlyList<string> Passed { get; } = [Gateway, FeatureStore, Inference];

    public static IReadOnlyList<string> All { get; } = [.. Passed, Monitoring];

    public RedisServer Redis => redis;

    /// <summary>Of the gateway, from outside: it is not traced.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    /// <summary>The folder of all log files.</summary>
    private string Logs => Path.Combine(folder.FullName, "logs");

    /// <summary>All records of the gateway.</summary>
    public string Audit => string.Concat(Directory.EnumerateFiles(Path.Combine(folder.FullName, "audit"), "*.log", SearchOption.AllDirectories).Select(path =>
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }));

    /// <param name="level">Of the lines in the files.</param>
    /// <param name="configure">The test's changes of one service, by its name.</param>
    /// <param name="settings">Of every service: <c>--KEY=value</c>.</param>
    public static async Task<RunningServices> StartAsync(LogLevel level = LogLevel.Information, Action<string, WebApplicationBuilder>? configure = null, params string[] settings)
    {
        var all = new RunningServices(await RedisServer.StartAsync());
        string[] common = [.. settings, $"--ConnectionStrings:redis={all.redis.ConnectionString}", $"--ModelRepository:Path={Path.Combine(Checkout.Root, "models")}"];
        var store = await StartAsync(FeatureStore, FeatureStoreApp.Build, $"--Offline:Directory={Path.Combine(all.folder.FullName, "features")}");
        var inference = await StartAsync(Inference, InferenceApp.Build, "--GRPC_PORT=0");
        await StartAsync(Monitoring, MonitoringApp.Build, $"--Logs:Directory={all.Logs}");
        await StartAsync(
            Gateway, GatewayApp.Build, $"--services:feature-store:http:0={store.Address}", $"--services:inference:http:0={inference.Address}", $"--Audit:Directory={Path.Combine(all.folder.FullName, "audit")}",
            $"--Access:Keys:operator:Secret={AdminKey}", "--Access:Keys:operator:Scopes=predict,audit.read,audit.write,admin",
            "--Limits:MinConcurrency=512"); // a machine that is busy refuses nobody
        all.Client.BaseAddress = all.HostOf(Gateway).Address;
        foreach (var (name, (_, host)) in all.services)
        {
            await Eventually.TrueAsync($"{name} to be ready", async () => (await host.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        }

        return all;

        async Task<ServiceHost> StartAsync(string name, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, params string[] own)
        {
            var log = new WrittenLog(name, level, Path.Combine(all.Logs, name));
            var host = await ServiceHost.StartAsync((arguments, test) => build([.. arguments, .. common, .. own, .. log.Arguments], test), builder => configure?.Invoke(name, builder));
            all.services[name] = (log, host);
            return host;
        }
    }

    public ServiceHost HostOf(string service) => services[service].Host;

    /// <summary>Tells monitoring where all services are, itself too.</summary>
    public void Watch() => Tell(Monitoring, All);

    /// <summary>Tells a service that runs where others are.</summary>
    public void Tell(string service, IReadOnlyList<string> others)
    {
        var configuration = HostOf(service).App.Configuration;
        foreach (var name in others)
        {
            configuration[$"services:{name}:http:0"] = HostOf(name).Address.ToString();
        }

        ((IConfigurationRoot)configuration).Reload();
    }

    /// <summary>A flight from Atlanta.</summary>
    public static JsonObject Flight() => JsonNode.Parse("""
        {"entities": {"origin": ["ATL"], "destination": ["LGA"]}, "inputs": {"distance_miles": [761], "departure": ["2001-02-24T14:30:00-05:00"]}}
        """)!.AsObject();

    /// <summary>One prediction for the request <paramref name="id"/>.</summary>
    public async Task<HttpStatusCode> PredictAsync(string id, params (string Name, string Value)[] headers)
    {
        var (status, _) = await SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict", Flight(), [("x-correlation-id", id), .. headers]);
        return status;
    }

    /// <summary>A request to the gateway; null for an answer without a body.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, JsonNode? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>As the operator.</summary>
    public Task<(HttpStatusCode Status, JsonNode? Body)> AdminAsync(HttpMethod method, string path, string? json = null) =>
        SendAsync(method, path, json is null ? null : JsonNode.Parse(json), ("x-api-key", AdminKey));

    /// <summary>The whole lines that a service has written.</summary>
    public IReadOnlyList<string> Lines(string service) => services[service].Log.Lines();

    /// <summary>The lines of a service that have a correlation id, once there is the one line of each of these requests.</summary>
    public async Task<IReadOnlyList<JsonObject>> LinesOfRequestsAsync(string service, params string[] ids)
    {
        IReadOnlyList<JsonObject> lines = [];
        await Eventually.TrueAsync($"the lines of {ids.Length} requests in {service}", () =>
        {
            lines = [.. Lines(service).Select(line => JsonNode.Parse(line)!.AsObject()).Where(line => line.ContainsKey("correlation_id"))];
            return lines.Where(WrittenLog.IsOfRequest).Select(line => (string)line["correlation_id"]!).ToHashSet().IsSupersetOf(ids);
        });
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var (log, host) in services.Values.Reverse())
        {
            await host.DisposeAsync();
            log.Dispose();
        }

        await redis.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
