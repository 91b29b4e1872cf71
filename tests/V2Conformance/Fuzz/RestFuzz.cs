using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>Requests over REST that started as good ones: their path, headers, JSON and binary part are changed.</summary>
internal sealed class RestFuzz(HttpClient client)
{
    private static readonly RestMessage[] seeds =
    [
        .. new[] { TransportNames.RestJson, TransportNames.RestBinary }.SelectMany(transport => ConformanceCases.All.Where(each => each.Only is null).Select(each => new RestTransport(null!, transport).ToMessage(each.Request))),
        new("/v2/repository/index", """{"ready":true}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/load", [], null),
        new("/v2/repository/models/changing/load", """{"parameters":{"config":"{\"max_batch_size\":4,\"dynamic_batching\":{\"preferred_batch_size\":[2]},\"instance_group\":[{\"count\":2}]}"}}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/load", """{"parameters":{"config":"{\"model_warmup\":[{\"batch_size\":0,\"inputs\":{\"a\":{\"data_type\":\"TYPE_FP32\",\"dims\":[2],\"zero_data\":true},\"b\":{\"data_type\":\"TYPE_FP32\",\"dims\":[2],\"random_data\":true}}}]}"}}"""u8.ToArray(), null),
        new("/v2/logging", """{"log_error":true}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/unload", """{"parameters":{"unload_dependents":true}}"""u8.ToArray(), null),
    ];

    /// <summary>What a client's fault may bring; 200 because a changed request may still be a good one.</summary>
    private static readonly HttpStatusCode[] intended =
    [
        HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType,
    ];

    /// <returns>The answer's status, and what is wrong with the answer; null when nothing is.</returns>
    public async Task<(string Status, string? Wrong)> SendAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        var seed = mutator.Pick(seeds);
        var changed = seed with { Json = mutator.Chance(70) ? mutator.Mutate(seed.Json) : seed.Json, Binary = seed.Binary is not null && mutator.Chance(40) ? mutator.Mutate(seed.Binary) : seed.Binary };
        using var content = changed.ToContent();
        Headers(content, mutator);
        using var message = new HttpRequestMessage(mutator.Chance(3) ? mutator.Pick<HttpMethod>([HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete]) : HttpMethod.Post, Address(seed.Path, mutator)) { Content = content };
        using var response = await client.SendAsync(message, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var wrong = !intended.Contains(response.StatusCode) ? $"{(int)response.StatusCode} {message.RequestUri} {Convert.ToHexString([.. changed.Json, .. changed.Binary ?? []])}"
            : response.IsSuccessStatusCode || HasError(body) ? null
            : $"{(int)response.StatusCode} without an error body {message.Method} {message.RequestUri}";
        return ($"HTTP {(int)response.StatusCode}", wrong);
    }

    private static void Headers(ByteArrayContent content, Mutator mutator)
    {
        if (mutator.Chance(10))
        {
            content.Headers.Remove(RestMessage.JsonLength);
            content.Headers.TryAddWithoutValidation(RestMessage.JsonLength, mutator.Pick<string>(["", "0", "1", "-1", "+5", "1e1", "10", "99999", "9223372036854775808", "x"]));
        }

        if (mutator.Chance(5))
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", mutator.Pick<string>(["gzip", "deflate", "br", "identity", "gzip, gzip", "?"]));
        }
    }

    /// <summary>The parts after <c>/v2/</c> are changed. NUL is left out: a path with it is no HTTP, which Kestrel itself answers.</summary>
    private static Uri Address(string path, Mutator mutator) => new(
        mutator.Chance(90) ? path : string.Join('/', path.Split('/').Select((part, i) => i > 1 && mutator.Chance(30) ? Changed(part, mutator) : part)), UriKind.Relative);

    private static string Changed(string part, Mutator mutator) =>
        Uri.EscapeDataString(Encoding.Latin1.GetString(mutator.Mutate(Encoding.Latin1.GetBytes(part))).Replace("\0", "", StringComparison.Ordinal));

    private static bool HasError(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject json && json["error"] is JsonValue error && error.GetValue<string>().Length > 0;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
