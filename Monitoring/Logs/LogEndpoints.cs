using System.Text.Json;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Logs;

/// <summary><c>GET /v1/logs</c>: the lines of all services that hold what the question names, in the order of time.</summary>
internal static class LogEndpoints
{
    public static void MapLogs(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/logs", (HttpRequest request, LogSearch search, CancellationToken cancellationToken) =>
    {
        var question = LogQuestion.Of(request.Query);
        var found = search.Find(question.Filter, question.Limit, cancellationToken);
        return Results.Stream(body => WriteAsync(body, found, cancellationToken), "application/json");
    }).RequireKeyOrPassword().WithTags("logs").WithSummary("Lines of all services, in the order of time").Produces<LogAnswer>().WithParameters(
        new ApiParameter("level", "The least level.") { Values = LogFilter.Levels },
        ApiQuery.Time("from", "The first moment."),
        ApiQuery.Time("to", "The moment after the last."),
        ApiQuery.Number("limit", $"Most lines: the newest; {LogQuestion.DefaultLimit} without it.", 1, LogQuestion.MaxLimit),
        new ApiParameter("fields", $"Any other parameter is a field of the line: correlation_id=flight-17. At most {LogQuestion.MaxFields}.") { IsAnyName = true }).FailsWith(ErrorCode.InvalidArgument);

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

/// <summary>The answer, for its description: it is written as it is found.</summary>
/// <param name="Matched">Lines that match, also those over the limit.</param>
/// <param name="Unreadable">Lines that are no JSON.</param>
/// <param name="Complete">False when older files were not looked at.</param>
/// <param name="Lines">The newest that match, each as its service wrote it.</param>
internal sealed record LogAnswer(long Matched, long Unreadable, bool Complete, IReadOnlyList<JsonElement> Lines);
