using System.IO.Compression;

namespace MlAspire.V2Conformance;

/// <summary>HTTP's content codings; <c>deflate</c> is zlib's format (RFC 9110, 8.4.1.2).</summary>
internal static class ContentCoding
{
    /// <param name="coding">Null = none.</param>
    public static byte[] Encode(string? coding, byte[] bytes)
    {
        if (coding is null)
        {
            return bytes;
        }

        using var encoded = new MemoryStream();
        using (Stream encoder = coding == "gzip" ? new GZipStream(encoded, CompressionMode.Compress) : new ZLibStream(encoded, CompressionMode.Compress))
        {
            encoder.Write(bytes);
        }

        return encoded.ToArray();
    }

    /// <summary>The opposite of <see cref="Encode"/>.</summary>
    public static byte[] Decode(string? coding, byte[] bytes)
    {
        if (coding is null)
        {
            return bytes;
        }

        using var decoded = new MemoryStream();
        using (Stream decoder = coding == "gzip" ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress))
        {
            decoder.CopyTo(decoded);
        }

        return decoded.ToArray();
    }
}
