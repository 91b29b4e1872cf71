using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>The real gateway on a free port with its real Redis, its own folders, and stand-ins for the two services behind it.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    public const string Predict = "/v1/models/flight-delay/predict";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("gateway-");

    public WrittenLog Log { get; } = new();

    private RunningGateway()
    {
    }

    public required RedisServer Redis { get; init; }

    public required StandIn Features { get; init; }

    public required StandIn Inference { get; init; }

    public ServiceHost Host { get; private set; } = null!;

    public HttpClient Client => Host.Client;

    public ManualTimeProvider? Time { get; private init; }

    public string AuditDirectory => Path.Combine(folder.FullName, "audit");

    public string ModelFile(string model) => Path.Combine(folder.FullName, "models", model, "pipeline.json");

    public static async Task<RunningGateway> StartAsync(ManualTimeProvider? time = null, params (string Key, string Value)[] settings)
    {
        var gateway = new RunningGateway
        {
            Redis = await RedisServer.StartAsync(),
            Features = await FeatureStoreStandIn.StartAsync(),
            Inference = await InferenceStandIn.StartAsync(),
            Time = time,
        };
        gateway.WriteModel("flight-delay", FlightPipeline.Json);
        try
        {
            await gateway.StartHostAsync(settings);
            return gateway;
        }
        catch
        {
            await gateway.StopOthersAsync(); // also of a gateway that was not to start nothing stays behind
            throw;
        }
    }

    /// <summary>What the gateway is told by its environment.</summary>
    public IEnumerable<(string Key, string Value)> Settings =>
    [
        ("ConnectionStrings:redis", Redis.ConnectionString), ("ModelRepository:Path", Path.Combine(folder.FullName, "models")), ("Audit:Directory", AuditDirectory),
        ("services:feature-store:http:0", Features.Address.ToString()), ("services:inference:http:0", Inference.Address.ToString()),
    ];

    public async Task StartHostAsync(params (string Key, string Value)[] settings) => Host = await ServiceHost.StartAsync((arguments, configure) => GatewayApp.Build(
        [.. arguments, .. Log.Arguments, .. Settings.Concat(settings).Select(setting => $"--{setting.Key}={setting.Value}")], configure), builder =>
    {
        if (Time is not null)
        {
            builder.UseTime(Time);
        }
    });

    /// <summary>Ends the host in this process, so that its audit folder is free.</summary>
    public async Task StopHostAsync() => await Host.DisposeAsync();

    public void WriteModel(string model, string json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ModelFile(model))!);
        File.WriteAllText(ModelFile(model), json);
    }

    /// <summary>A request for flights from ATL, one row an entry of <paramref name="miles"/>.</summary>
    public static JsonObject Request(params double[] miles) => new()
    {
        ["entities"] = new JsonObject { ["origin"] = Repeat("ATL", miles.Length), ["destination"] = Repeat("LAX", miles.Length) },
        ["inputs"] = new JsonObject
        {
            ["distance_miles"] = new JsonArray([.. miles.Select(mile => JsonValue.Create(mile))]),
            ["departure"] = Repeat("2001-03-01T08:05:00-05:00", miles.Length),
        },
    };

    public Task<(HttpResponseMessage Response, JsonNode Body)> PostAsync(JsonNode request, string path = Predict, params (string Name, string Value)[] headers) =>
        PostAsync(Client, request, path, headers);

    public static async Task<(HttpResponseMessage Response, JsonNode Body)> PostAsync(
        HttpClient client, JsonNode request, string path = Predict, params (string Name, string Value)[] headers)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            message.Headers.Add(name, value);
        }

        var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response, await BodyOfAsync(response));
    }

    public static async Task<JsonNode> BodyOfAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)) ?? throw new JsonException("the body is null");

    /// <summary>The audit log's records, but for those that come by themselves: what pipelines hold, as the first one says, and which versions answered for the first time, behind their answers.</summary>
    public Task<string[]> AuditAsync() => Task.FromResult(Array.FindAll(
        WrittenAudit.Records(AuditDirectory), record => !record.Contains("\"event\":\"pipeline_changed\"", StringComparison.Ordinal) && !record.Contains("\"event\":\"version_first_answered\"", StringComparison.Ordinal)));

    /// <summary>Waits for the audit log's one record, and finds it to be of a failure with <paramref name="code"/>.</summary>
    public async Task FailedAsync(string code)
    {
        await Eventually.TrueAsync("an audit record", async () => (await AuditAsync()).Length > 0);
        var record = JsonNode.Parse(Assert.Single(await AuditAsync()))!;
        Assert.Equal(("prediction_failed", code), ((string)record["event"]!, (string)record["code"]!));
    }

    /// <summary>The events on the stream, once there are <paramref name="count"/>.</summary>
    public async Task<JsonNode[]> EventsAsync(int count)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
        return await Eventually.ValueAsync($"{count} events on the stream", async () =>
        {
            var entries = await redis.GetDatabase().StreamRangeAsync("predictions");
            return entries.Length >= count ? entries.Select(entry => JsonNode.Parse((byte[])entry["event"]!)!).ToArray() : null;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await StopOthersAsync();
    }

    private async Task StopOthersAsync()
    {
        await Inference.DisposeAsync();
        await Features.DisposeAsync();
        await Redis.DisposeAsync();
        Log.Dispose();
        folder.Delete(recursive: true);
    }

    private static JsonArray Repeat(string value, int rows) => [.. Enumerable.Range(0, rows).Select(_ => JsonValue.Create(value))];
}
