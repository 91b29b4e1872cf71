using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Monitoring.Tests.Hosting;

/// <summary>The real monitoring on a free port with its real Redis; the test writes the prediction stream as the gateway does.</summary>
internal sealed class RunningMonitoring : IAsyncDisposable
{
    private readonly (string Key, string Value)[] settings;
    private ConnectionMultiplexer? connection;

    private RunningMonitoring((string Key, string Value)[] settings) => this.settings = settings;

    public required RedisServer Redis { get; init; }

    public ServiceHost Host { get; private set; } = null!;

    public MonitoringMetrics Metrics => Host.Services.GetRequiredService<MonitoringMetrics>();

    public TimeProvider Time { get; private init; } = TimeProvider.System;

    public static Task<RunningMonitoring> StartAsync(params (string Key, string Value)[] settings) => StartAsync(TimeProvider.System, settings);

    public static async Task<RunningMonitoring> StartAsync(TimeProvider time, params (string Key, string Value)[] settings)
    {
        var monitoring = new RunningMonitoring(settings) { Redis = await RedisServer.StartAsync(), Time = time };
        await monitoring.StartHostAsync();
        return monitoring;
    }

    public async Task StartHostAsync() => Host = await ServiceHost.StartAsync(MonitoringApp.Build, builder =>
    {
        builder.UseSetting("ConnectionStrings:redis", Redis.ConnectionString);
        builder.UseSetting("PredictionReader:Pause", "00:00:00.010");
        builder.UseTime(Time);
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }
    });

    public async Task StopHostAsync() => await Host.DisposeAsync();

    /// <summary>The stream's database, over the test's own connection.</summary>
    public async Task<IDatabase> DatabaseAsync()
    {
        connection ??= await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},abortConnect=false");
        return connection.GetDatabase();
    }

    public async Task PublishAsync(params PredictionEvent[] events)
    {
        var database = await DatabaseAsync();
        foreach (var prediction in events)
        {
            await database.StreamAddAsync(PredictionEvent.Stream, PredictionEvent.Field, prediction.ToJson());
        }
    }

    public async Task PublishRawAsync(string field, string value) => await (await DatabaseAsync()).StreamAddAsync(PredictionEvent.Stream, field, value);

    public static PredictionEvent Prediction(string id, double probability = 0.25, double latencyMs = 2, string model = "flight-delay") => new()
    {
        PredictionId = id,
        Model = model,
        Version = "1",
        Arm = "stable",
        Status = "ok",
        Time = TimeProvider.System.GetUtcNow(),
        LatencyMs = latencyMs,
        Probability = probability,
        Label = probability >= 0.5 ? "late" : "on_time",
        PositiveLabel = "late",
    };

    public static PredictionEvent Failure() => Prediction("-") with { PredictionId = null, Probability = null, Label = null, Status = "unavailable" };

    public async Task<JsonNode> FeedbackAsync(params (string Id, bool Positive)[] labels)
    {
        var (response, body) = await PostFeedbackAsync(new JsonObject
        {
            ["labels"] = new JsonArray([.. labels.Select(label => new JsonObject { ["prediction_id"] = label.Id, ["positive"] = label.Positive })]),
        }.ToJsonString());
        response.EnsureSuccessStatusCode();
        return body;
    }

    public async Task<(HttpResponseMessage Response, JsonNode Body)> PostFeedbackAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        var response = await Host.Client.PostAsync("/v1/feedback", content, TestContext.Current.CancellationToken);
        return (response, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    /// <summary>The model's summary once it counts this many predictions and errors.</summary>
    public Task<JsonNode> SummaryAsync(long predictions, long errors = 0, string model = "flight-delay") =>
        Eventually.ValueAsync($"{model} to have {predictions} predictions and {errors} errors", async () =>
        {
            using var response = await Host.Client.GetAsync($"/v1/models/{model}/summary");
            var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            return response.IsSuccessStatusCode && (long)body["predictions"]! == predictions && (long)body["errors"]! == errors ? body : null;
        });

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }
}
