using System.Text.Json;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Failures;

namespace MlAspire.Monitoring.Incidents;

/// <summary>Traces as the log lines tell them: what each service wrote and how long it says it took. Pure.</summary>
internal static class TraceTimelines
{
    public const int MaxTraces = 1_000;

    private static readonly string[] Names = ["timestamp", "service", "level", "event", "step", "outcome", "code"];

    /// <summary>The traces with a line from WARNING on, or that were not answered as they should: one JSON object each, the newest <see cref="MaxTraces"/>.</summary>
    /// <param name="lines">In the order of time.</param>
    public static IEnumerable<byte[]> Of(IEnumerable<JsonElement> lines) => lines.Where(line => line.TextOf("trace_id") is not null).GroupBy(line => line.TextOf("trace_id")!)
        .Where(trace => trace.Any(IsWrong)).TakeLast(MaxTraces).Select(trace => Written(trace.Key, [.. trace]));

    private static bool IsWrong(JsonElement line) =>
        line.TextOf("level") is "WARNING" or "ERROR" or "CRITICAL" || line.TextOf("arm") == PredictionEvent.Fallback || (line.TextOf("outcome") is { } outcome && outcome != "ok");

    private static byte[] Written(string id, IReadOnlyList<JsonElement> lines)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("trace_id", id);
            json.WriteString("correlation_id", lines.Select(line => line.TextOf("correlation_id")).FirstOrDefault(text => text is not null));
            json.WriteStartArray("lines");
            foreach (var line in lines)
            {
                json.WriteStartObject();
                foreach (var field in line.EnumerateObject().Where(field => Names.Contains(field.Name) || field.Name.EndsWith("_seconds", StringComparison.Ordinal) || field.Name.EndsWith("_ms", StringComparison.Ordinal)))
                {
                    field.WriteTo(json);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
