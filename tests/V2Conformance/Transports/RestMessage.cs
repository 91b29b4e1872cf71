using System.Globalization;

namespace MlAspire.V2Conformance;

/// <summary>The parts of a REST request. <paramref name="Binary"/> is null without the binary tensor extension.</summary>
internal sealed record RestMessage(string Path, byte[] Json, byte[]? Binary)
{
    /// <summary>The header that tells where the JSON of a body ends.</summary>
    public const string JsonLength = "Inference-Header-Content-Length";

    /// <param name="coding"><c>gzip</c> or <c>deflate</c>; null = not compressed.</param>
    public ByteArrayContent ToContent(string? coding = null)
    {
        var content = new ByteArrayContent(ContentCoding.Encode(coding, [.. Json, .. Binary ?? []]));
        if (coding is not null)
        {
            content.Headers.ContentEncoding.Add(coding);
        }

        if (Binary is not null)
        {
            content.Headers.Add(JsonLength, Json.Length.ToString(CultureInfo.InvariantCulture));
        }

        return content;
    }
}
