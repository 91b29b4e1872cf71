using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>A request's whole body, decompressed, in one pooled array. Disposing returns the array. The bytes after the JSON part start at a multiple of 8, so that a tensor of any type can be run where it is.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;
    private const int MostAnnouncedBytes = 1 << 20; // taken at once for a body that is announced: more only as it comes
    private const int Alignment = 8;
    private readonly int start;
    private byte[] buffer;
    private int length;

    private RequestBody(int bytes, int start) => (buffer, this.start) = (ArrayPool<byte>.Shared.Rent(start + bytes), start);

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(start, length);

    /// <summary>Reads to the end.</summary>
    /// <exception cref="ServiceError">PayloadTooLarge: more than <paramref name="maxBytes"/>, on the wire or decompressed. InvalidArgument: an unknown or broken Content-Encoding.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, int maxBytes, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        await using var decompressed = Decompress(context);
        // One byte more than announced: the read that finds the end of what is decompressed then needs no growing.
        var bytes = (int)Math.Min(Math.Min(maxBytes, MostAnnouncedBytes), context.Request.ContentLength ?? FirstBytes) + 1;
        var body = new RequestBody(bytes, start: -BinaryHeader.Announced(context.Request) & (Alignment - 1));
        try
        {
            await (decompressed is null ? body.FillAsync(context.Request.BodyReader, maxBytes, cancellationToken) : body.FillAsync(decompressed, maxBytes, cancellationToken));
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

    private async Task FillAsync(PipeReader source, int maxBytes, CancellationToken cancellationToken)
    {
        ReadResult read;
        do
        {
            read = await source.ReadAsync(cancellationToken);
            try
            {
                foreach (var part in read.Buffer)
                {
                    Append(part.Span, maxBytes);
                }
            }
            finally
            {
                source.AdvanceTo(read.Buffer.End);
            }
        }
        while (!read.IsCompleted);
    }

    private void Append(ReadOnlySpan<byte> part, int maxBytes)
    {
        if (part.Length > maxBytes - length)
        {
            throw TooLarge(maxBytes);
        }

        while (start + length + part.Length > buffer.Length)
        {
            Grow(maxBytes);
        }

        part.CopyTo(buffer.AsSpan(start + length));
        length += part.Length;
    }

    private async Task FillAsync(Stream source, int maxBytes, CancellationToken cancellationToken)
    {
        int read;
        do
        {
            if (start + length == buffer.Length)
            {
                Grow(maxBytes);
            }

            read = await source.ReadAsync(buffer.AsMemory(start + length), cancellationToken);
            length += read;
            if (length > maxBytes)
            {
                throw TooLarge(maxBytes);
            }
        }
        while (read > 0);
    }

    private void Grow(int maxBytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(start + maxBytes + 1L, buffer.Length * 2L));
        buffer.AsSpan(0, start + length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
