using System.Text.Json;

namespace MlAspire.Monitoring.Logs;

/// <summary><c>GET /v1/logs</c>: the lines of all services that hold what the question names, in the order of time.</summary>
internal static class LogEndpoints
{
    public static void MapLogs(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/logs", (HttpRequest request, LogSearch search, CancellationToken cancellationToken) =>
    {
        var question = LogQuestion.Of(request.Query);
        var found = search.Find(question.Filter, question.Limit, cancellationToken);
        return Results.Stream(body => WriteAsync(body, found, cancellationToken), "application/json");
    });

    private static async Task WriteAsync(Stream body, FoundLines found, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteNumber("matched"u8, found.Matched);
        json.WriteNumber("unreadable"u8, found.Unreadable);
        json.WriteBoolean("complete"u8, found.IsComplete);
        json.WriteStartArray("lines"u8);
        foreach (var line in found.Lines)
        {
            json.WriteRawValue(line);
            if (json.BytesPending > 1 << 16)
            {
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
