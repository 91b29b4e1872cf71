using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>Requests over REST that started as good ones: their path, headers, JSON and binary part are changed.</summary>
internal sealed class RestFuzz(HttpClient client)
{
    private static readonly RestMessage[] Seeds =
    [
        .. new[] { TransportNames.RestJson, TransportNames.RestBinary }.SelectMany(transport => ConformanceCases.All.Where(each => each.Only is null).Select(each => new RestTransport(null!, transport).ToMessage(each.Request))),
        new("/v2/repository/index", """{"ready":true}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/load", [], null),
        new("/v2/repository/models/changing/load", """{"parameters":{"config":"{\"max_batch_size\":4,\"dynamic_batching\":{\"preferred_batch_size\":[2]},\"instance_group\":[{\"count\":2}]}"}}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/load", """{"parameters":{"config":"{\"model_warmup\":[{\"batch_size\":0,\"inputs\":{\"a\":{\"data_type\":\"TYPE_FP32\",\"dims\":[2],\"zero_data\":true},\"b\":{\"data_type\":\"TYPE_FP32\",\"dims\":[2],\"random_data\":true}}}]}"}}"""u8.ToArray(), null),
        new("/v2/logging", """{"log_error":true}"""u8.ToArray(), null),
        new("/v2/repository/models/changing/unload", """{"parameters":{"unload_dependents":true}}"""u8.ToArray(), null),
    ];

    private static readonly string[] Gets =
    [
        "/v2/models/stats", "/v2/models/rows/stats", "/v2/models/versions/versions/3", "/v2/models/versions/versions/3/config", "/v2/models/versions/versions/3/ready", "/v2/models/two/openapi.json", "/v2/logging", "/v2/health/ready",
    ];

    /// <summary>What a client's fault may bring; 200 because a changed request may still be a good one.</summary>
    private static readonly HttpStatusCode[] Intended =
    [
        HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType,
    ];

    /// <returns>The answer's status, and what is wrong with the answer; null when nothing is.</returns>
    public async Task<(string Status, string? Wrong)> SendAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        return mutator.Chance(10) ? await SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(mutator.Pick(Gets), mutator, percent: 100)), [], cancellationToken) : await PostAsync(mutator, cancellationToken);
    }

    private async Task<(string Status, string? Wrong)> PostAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        var seed = mutator.Pick(Seeds);
        var changed = seed with { Json = mutator.Chance(70) ? mutator.Mutate(seed.Json) : seed.Json, Binary = seed.Binary is not null && mutator.Chance(40) ? mutator.Mutate(seed.Binary) : seed.Binary };
        var content = mutator.Chance(15) ? await CompressedAsync(changed, mutator) : changed.ToContent();
        Headers(content, mutator);
        var method = mutator.Chance(3) ? mutator.Pick<HttpMethod>([HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete]) : HttpMethod.Post;
        return await SendAsync(new HttpRequestMessage(method, Address(seed.Path, mutator, percent: 10)) { Content = content }, [.. changed.Json, .. changed.Binary ?? []], cancellationToken);
    }

    private async Task<(string Status, string? Wrong)> SendAsync(HttpRequestMessage message, byte[] sent, CancellationToken cancellationToken)
    {
        using var disposed = message;
        using var response = await client.SendAsync(message, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var wrong = !Intended.Contains(response.StatusCode) ? $"{(int)response.StatusCode} {message.RequestUri} {Convert.ToHexString(sent)}"
            : response.IsSuccessStatusCode || HasError(body) ? null
            : $"{(int)response.StatusCode} without an error body {message.Method} {message.RequestUri}";
        return ($"HTTP {(int)response.StatusCode}", wrong);
    }

    /// <summary>A body that is compressed as it says, every other time with changes to the compressed bytes.</summary>
    private static async Task<ByteArrayContent> CompressedAsync(RestMessage message, Mutator mutator)
    {
        var content = message.ToContent(mutator.Pick<string>(["gzip", "deflate"]));
        if (mutator.Chance(50))
        {
            return content;
        }

        var changed = new ByteArrayContent(mutator.Mutate(await content.ReadAsByteArrayAsync()));
        foreach (var (name, values) in content.Headers.NonValidated.Where(header => header.Key != "Content-Length"))
        {
            changed.Headers.TryAddWithoutValidation(name, values);
        }

        return changed;
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

    /// <summary>In so many of 100 cases the parts after <c>/v2/</c> are changed. NUL is left out: a path with it is no HTTP, which Kestrel itself answers.</summary>
    private static Uri Address(string path, Mutator mutator, int percent) => new(
        !mutator.Chance(percent) ? path : string.Join('/', path.Split('/').Select((part, i) => i > 1 && mutator.Chance(30) ? Changed(part, mutator) : part)), UriKind.Relative);

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
