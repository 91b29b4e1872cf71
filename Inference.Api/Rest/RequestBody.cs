using System.Buffers;
using System.IO.Compression;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>A request's whole body, decompressed, in one pooled array. Disposing returns the array. The bytes after the JSON part start at a multiple of 8, so that a tensor of any type can be run where it is.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;
    private const int Alignment = 8;
    private readonly int start;
    private byte[] buffer;
    private int length;

    private RequestBody(int bytes, int start) => (buffer, this.start) = (ArrayPool<byte>.Shared.Rent(start + bytes), start);

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(start, length);

    /// <summary>Reads to the end.</summary>
    /// <exception cref="ServiceError">PayloadTooLarge: more than <paramref name="maxBytes"/>, on the wire or decompressed. InvalidArgument: an unknown or broken Content-Encoding.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext context, int maxBytes, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        await using var decompressed = Decompress(context);
        // One byte more than announced: the read that finds the end then needs no growing.
        var bytes = (int)Math.Min(maxBytes, context.Request.ContentLength ?? FirstBytes) + 1;
        var body = new RequestBody(bytes, start: -BinaryHeader.Announced(context.Request) & (Alignment - 1));
        try
        {
            await body.FillAsync(decompressed ?? context.Request.Body, decompressed is null ? context.Request.ContentLength : null, maxBytes, cancellationToken);
            return body;
        }
        catch (Exception exception)
        {
            body.Dispose();
            throw exception is InvalidDataException ? new ServiceError(ErrorCode.InvalidArgument, "the body does not decompress with its Content-Encoding", "Content-Encoding") : exception;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private static Stream? Decompress(HttpContext context)
    {
        var encoding = context.Request.Headers.ContentEncoding.ToString();
        switch (encoding.ToLowerInvariant())
        {
            case "" or "identity": return null;
            case "gzip" or "x-gzip": return new GZipStream(context.Request.Body, CompressionMode.Decompress, leaveOpen: true);
            case "deflate": return new ZLibStream(context.Request.Body, CompressionMode.Decompress, leaveOpen: true);
            default:
                throw new ServiceError(ErrorCode.InvalidArgument, "Content-Encoding must be gzip, deflate or identity", "Content-Encoding");
        }
    }

    private static ServiceError TooLarge(int maxBytes) => new(ErrorCode.PayloadTooLarge, $"the body is larger than {maxBytes} bytes", "body");

    private async Task FillAsync(Stream source, long? announced, int maxBytes, CancellationToken cancellationToken)
    {
        while (length != announced)
        {
            if (start + length == buffer.Length)
            {
                Grow(maxBytes);
            }

            var read = await source.ReadAsync(buffer.AsMemory(start + length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            length += read;
            if (length > maxBytes)
            {
                throw TooLarge(maxBytes);
            }
        }
    }

    private void Grow(int maxBytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(start + maxBytes + 1L, buffer.Length * 2L));
        buffer.AsSpan(0, start + length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
