using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>A small pipeline of the flights' shape.</summary>
internal static class FlightPipeline
{
    public const string Json = """
        {
          "model": "flight-delay",
          "featureService": "flight_delay",
          "entities": ["origin", "destination"],
          "inputs": [
            { "name": "distance_miles", "type": "number", "min": 0, "max": 10000 },
            { "name": "departure", "type": "time" }
          ],
          "eventTime": "departure",
          "modelInput": "features",
          "modelOutput": "probability",
          "columns": [
            { "name": "minute_of_day", "minuteOfDay": "departure" },
            { "name": "day_of_week", "dayOfWeek": "departure" },
            { "name": "distance_miles", "input": "distance_miles" },
            { "name": "origin", "index": "origin", "vocabulary": ["ATL", "BNA", "LAX"] },
            { "name": "destination", "index": "destination", "vocabulary": ["ATL", "BNA", "LAX"] },
            { "name": "origin_mean_delay_1h", "feature": "origin_mean_delay_1h", "default": null },
            { "name": "route_backlog_1d", "feature": "route_backlog_1d", "default": -1.5 }
          ],
          "output": { "name": "probability", "threshold": 0.5, "labels": ["on_time", "late"] }
        }
        """;

    /// <summary>The same with a fallback: <see cref="RequestOnlyJson"/>, when more than half of the features are stale or missing.</summary>
    public static readonly string WithFallbackJson = Json.TrimEnd()[..^1] + """, "fallback": { "model": "request-only", "maxStaleShare": 0.5 } }""";

    public const string RequestOnlyJson = """
        {
          "model": "request-only",
          "entities": ["destination"],
          "inputs": [ { "name": "departure", "type": "time" }, { "name": "distance_miles", "type": "number" } ],
          "modelInput": "features",
          "modelOutput": "probability",
          "columns": [
            { "name": "distance_miles", "input": "distance_miles" },
            { "name": "destination", "index": "destination", "vocabulary": ["ATL", "BNA", "LAX"] },
            { "name": "minute_of_day", "minuteOfDay": "departure" }
          ],
          "output": { "name": "probability", "threshold": 0.7, "labels": ["on_time", "late"] }
        }
        """;

    /// <summary>The same without entities.</summary>
    public static readonly string NoEntitiesJson = RequestOnlyJson
        .Replace("""["destination"],""", "[],", StringComparison.Ordinal)
        .Replace("""{ "name": "destination", "index": "destination", "vocabulary": ["ATL", "BNA", "LAX"] },""", "", StringComparison.Ordinal);

    public static PipelineDefinition FlightDelay { get; } = Parse(Json);

    public static PipelineDefinition Parse(string json) => PipelineFile.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test.json");
}
