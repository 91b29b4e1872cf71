using System.Globalization;

namespace MlAspire.V2Conformance;

/// <summary>The parts of a REST request. <paramref name="Binary"/> is null without the binary tensor extension.</summary>
internal sealed record RestMessage(string Path, byte[] Json, byte[]? Binary)
{
    /// <summary>The header that tells where the JSON of a body ends.</summary>
    public const string JsonLength = "Inference-Header-Content-Length";

    public ByteArrayContent ToContent()
    {
        var content = new ByteArrayContent([.. Json, .. Binary ?? []]);
        if (Binary is not null)
        {
            content.Headers.Add(JsonLength, Json.Length.ToString(CultureInfo.InvariantCulture));
        }

        return content;
    }
}
