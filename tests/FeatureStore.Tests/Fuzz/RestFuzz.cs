using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Fuzz;

/// <summary>Requests that started as good ones: their path and body are changed.</summary>
internal sealed class RestFuzz(HttpClient client)
{
    public static readonly string[] Words =
    [
        "\"df\":{},", "\"to\":\"offline\",", "\"producer\":\"x\",", "\"offset\":-1,", "\"on_error\":\"quarantine\",", "\"version\":2,", "\"feature_service\":\"driver_activity\",", "\"entities\":{},", "\"event_times\":[null],", "\"full_feature_names\":true,",
        "2001-04-01T12:00:00", "9999-12-31T23:59:59.9999999-14:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "__dummy_id", "driver_stats:rating", "-", "%2F", "../", "{\"a\":\"\\ud800\"}",
    ];

    private static readonly Seed[] Seeds =
    [
        Json("/push", Push), Json("/push", Push.Replace("\"offset\":0", "\"offset\":0,\"on_error\":\"quarantine\"", StringComparison.Ordinal)),
        Json("/push", """{"push_source_name":"shifts","df":{"event_timestamp":["2001-04-01 12:00:00"],"driver":[1001],"rating":[4.5],"trips":[7],"state":["free"],"tags":[["a"]],"since":[0]},"to":"online"}"""),
        Json("/write-to-online-store", """{"feature_view_name":"trip_price","df":{"city":["NYC"],"driver_id":[1],"price":[1.5],"paid":[true],"receipt":["Bwg="],"legs":[[1,2]],"event_timestamp":["2001-04-01T11:00:00"],"created":["2001-04-01T11:00:01"]}}"""),
        Json("/get-online-features", """{"entities":{"driver_id":[1001,5]},"features":["driver_stats:rating","driver_trips:shifts_1h"],"full_feature_names":true,"event_times":["2001-04-01T12:00:00Z","2001-04-01T12:00:00-05:00"]}"""),
        Json("/get-online-features", """{"entities":{"driver_id":[1001]},"feature_service":"driver_activity"}"""),
        Json("/v1/features/online", """{"feature_service":"driver_activity","version":1,"entities":{"driver_id":[1001,5]},"event_times":["2001-04-01T12:00:00Z","2001-04-01T12:00:00-05:00"]}"""),
        new("/v1/features/online", ColumnsWriter.Write("""{"feature_service":"driver_activity","version":1}"""u8.ToArray(), 1, [new WholeNumberColumn("entities.driver_id", [1001]), new TimeColumn("event_times", [new(2001, 4, 1, 12, 0, 0, TimeSpan.Zero)])]), Column.ContentType),
        Json("/materialize", """{"start_ts":"2001-01-01","end_ts":"2001-05-01","feature_views":["driver_stats"]}"""), Json("/materialize-incremental", """{"end_ts":"2001-05-01"}"""),
        new("/v1/producers/taxi"), new("/v1/quarantine?limit=10"), new("/v1/registry/feature_views"), new("/v1/registry/feature_services/driver_activity?version=1"), new("/v1/registry/feature_views/driver_stats/statistics"), new("/v1/registry/lineage"),
    ];

    // 429: the quarantine is full. 200 and 204: a changed request may still be a good one.
    private static readonly HttpStatusCode[] Intended =
    [
        HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType, HttpStatusCode.UnprocessableEntity, HttpStatusCode.TooManyRequests,
    ];

    private static string Push => Drivers.Push(new(2001, 4, 1, 12, 0, 0, TimeSpan.Zero));

    /// <returns>The answer's status, and what is wrong with the answer; null when nothing is.</returns>
    public async Task<(HttpStatusCode Status, string? Wrong)> SendAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        var seed = mutator.Pick(Seeds);
        var body = seed.Body is null ? null : mutator.Mutate(seed.Body);
        using var message = new HttpRequestMessage(mutator.Chance(3) ? mutator.Pick<HttpMethod>([HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete]) : body is null ? HttpMethod.Get : HttpMethod.Post, Address(seed.Path, body is null ? 70 : 5, mutator));
        if (body is not null)
        {
            message.Content = new ByteArrayContent(body) { Headers = { ContentType = mutator.Chance(95) ? new MediaTypeHeaderValue(seed.ContentType!) : null } };
        }
        using var response = await client.SendAsync(message, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var said = $"{(int)response.StatusCode} {message.Method} {message.RequestUri} {Convert.ToHexString(body ?? [])}: {Encoding.UTF8.GetString(answer)}";
        return (response.StatusCode, IsFeasts(response.StatusCode, answer) || Intended.Contains(response.StatusCode) ? null : said);
    }

    /// <summary>Feast answers what is wrong in a request with 500 and a JSON string; ours would be problem+json.</summary>
    private static bool IsFeasts(HttpStatusCode status, byte[] answer) => status == HttpStatusCode.InternalServerError && answer is [(byte)'"', ..] && JsonNode.Parse(answer)!.GetValueKind() == JsonValueKind.String;

    private static Uri Address(string path, int percent, Mutator mutator) => new(
        mutator.Chance(100 - percent) ? path : '/' + string.Join('/', path.Split('/').Select(part => mutator.Chance(40) ? Changed(part, mutator) : part)).TrimStart('/'), UriKind.Relative);

    /// <summary>NUL is left out: a path with it is no HTTP, which Kestrel itself answers.</summary>
    private static string Changed(string part, Mutator mutator) => Uri.EscapeDataString(Encoding.Latin1.GetString(mutator.Mutate(Encoding.Latin1.GetBytes(part))).Replace("\0", "", StringComparison.Ordinal));

    private static Seed Json(string path, string body) => new(path, Encoding.UTF8.GetBytes(body), "application/json");

    private sealed record Seed(string Path, byte[]? Body = null, string? ContentType = null);
}
