using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Compresses an answer as the caller's Accept-Encoding asks; answers under <see cref="MinBytes"/> are sent as they are, because compressing them makes them no faster.</summary>
internal static class ResponseEncoding
{
    public const int MinBytes = 1024;

    /// <summary><c>gzip</c>, <c>deflate</c> (which is zlib's format), or null for no compression. The highest weight wins, gzip on a tie; a weight of 0 forbids.</summary>
    public static string? Choose(HttpRequest request, long bytes)
    {
        if (bytes < MinBytes || !StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        string? best = null;
        var bestWeight = 0.0;
        foreach (var coding in (string[])["gzip", "deflate"])
        {
            var named = accepted.FirstOrDefault(each => each.Value.Equals(coding, StringComparison.OrdinalIgnoreCase)) ?? accepted.FirstOrDefault(each => each.Value == "*");
            if (named is not null && (named.Quality ?? 1) > bestWeight)
            {
                best = coding;
                bestWeight = named.Quality ?? 1;
            }
        }

        return best;
    }

    /// <summary>A stream that compresses into the answer's body; disposing it writes the end.</summary>
    public static Stream Open(HttpResponse response, string coding)
    {
        response.Headers.ContentEncoding = coding;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        return coding == "gzip"
            ? new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
    }
}
