using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlAspire.Pipelines.Tests.Replay;

/// <summary>One push as it arrived.</summary>
internal sealed record ReceivedPush(string Producer, string[] EventTimes, string[] Origins, int?[] Delays, long Offset, string Key);

/// <summary>The three services as the replay sees them, on a real Kestrel: the push route keeps the contract's rule for offsets, the others only what arrived.</summary>
/// <remarks>The real services and this replay run together in tests/System.Tests.</remarks>
internal sealed class ReceivingServices : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Dictionary<string, ConcurrentQueue<int>> refusals = new() { ["push"] = [], ["predict"] = [], ["feedback"] = [] };
    private int predictions;

    private ReceivingServices(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>Pushes in the order of arrival, the repeated and refused ones too.</summary>
    public ConcurrentQueue<ReceivedPush> Pushes { get; } = [];

    /// <summary>Per producer the rows that were applied, as <c>offset event_time origin delay</c>.</summary>
    public ConcurrentDictionary<string, List<string>> Applied { get; } = [];

    public ConcurrentDictionary<string, long> NextOffsets { get; } = [];

    /// <summary>Everything in the order of arrival: <c>push departures 3</c>, <c>predict 2001-02-24T07:00:00-05:00 ATL</c>.</summary>
    public ConcurrentQueue<string> Happened { get; } = [];

    public ConcurrentQueue<(string Id, bool Late)> Labels { get; } = [];

    /// <summary>The keys that labels came with.</summary>
    public ConcurrentQueue<string> LabelKeys { get; } = [];

    /// <summary>Applies the push, but loses the answer: what a service killed at the wrong moment does.</summary>
    public bool LoseNextAnswer { get; set; }

    public static async Task<ReceivingServices> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = ["--urls", "http://127.0.0.1:0"] });
        builder.Logging.ClearProviders();
        var services = new ReceivingServices(builder.Build());
        services.app.MapGet("/v1/producers/{producer}", (string producer) => new { producer, next_offset = services.NextOffsets.GetValueOrDefault(producer) });
        services.app.MapPost("/push", services.Push);
        services.app.MapPost("/v1/models/flight-delay/predict", services.Predict);
        services.app.MapPost("/v1/feedback", services.Feedback);
        await services.app.StartAsync();
        return services;
    }

    /// <summary>Statuses to answer instead of doing the work, each once.</summary>
    /// <param name="route"><c>push</c>, <c>predict</c> or <c>feedback</c>.</param>
    /// <param name="statuses">In their order.</param>
    public void Refuse(string route, params int[] statuses) => Array.ForEach(statuses, refusals[route].Enqueue);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private IResult Push(JsonObject body, HttpRequest request)
    {
        var df = body["df"]!;
        var push = new ReceivedPush((string)body["producer"]!, Column<string>(df, "event_time"), Column<string>(df, "origin"), Column<int?>(df, "delay_minutes"), (long)body["offset"]!, request.Headers["x-api-key"].ToString());
        Pushes.Enqueue(push);
        if (refusals["push"].TryDequeue(out var status))
        {
            return Results.StatusCode(status);
        }
        Happened.Enqueue($"push {(string)body["push_source_name"]!} {push.EventTimes.Length}");
        var applied = Applied.GetOrAdd(push.Producer, _ => []);
        for (var i = 0; i < push.EventTimes.Length; i++)
        {
            if (push.Offset + i >= NextOffsets.GetValueOrDefault(push.Producer))
            {
                applied.Add($"{push.Offset + i} {push.EventTimes[i]} {push.Origins[i]} {push.Delays.ElementAtOrDefault(i)}".TrimEnd());
                NextOffsets[push.Producer] = push.Offset + i + 1;
            }
        }
        if (LoseNextAnswer)
        {
            LoseNextAnswer = false;
            return Results.StatusCode(503);
        }
        return Results.Json(new { accepted = push.EventTimes.Length, skipped = 0 });
    }

    private IResult Predict(JsonObject body)
    {
        if (refusals["predict"].TryDequeue(out var status))
        {
            return Results.StatusCode(status);
        }
        var origins = Column<string>(body["entities"]!, "origin");
        var departures = Column<string>(body["inputs"]!, "departure");
        Happened.Enqueue($"predict {departures[0]} {string.Join(' ', origins)}");
        return Results.Json(new { predictions = origins.Select(origin => new { prediction_id = $"p{Interlocked.Increment(ref predictions)}-{origin}", label = "late" }).ToArray() });
    }

    private IResult Feedback(JsonObject body, HttpRequest request)
    {
        LabelKeys.Enqueue(request.Headers["x-api-key"].ToString());
        if (refusals["feedback"].TryDequeue(out var status))
        {
            return Results.StatusCode(status);
        }
        foreach (var label in body["labels"]!.AsArray())
        {
            Labels.Enqueue(((string)label!["prediction_id"]!, (bool)label["positive"]!));
        }
        return Results.Json(new { accepted = body["labels"]!.AsArray().Count });
    }

    private static T[] Column<T>(JsonNode columns, string name) => columns[name] is JsonArray values ? [.. values.Select(value => value!.GetValue<T>())] : [];
}
