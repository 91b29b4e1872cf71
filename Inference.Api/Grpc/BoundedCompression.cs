using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Decompresses messages up to a bound; gRPC's own bound is of what has arrived. What is no such compression is the caller's fault, not ours.</summary>
internal sealed class BoundedCompression(ICompressionProvider provider, long maxBytes) : ICompressionProvider
{
    public string EncodingName => provider.EncodingName;

    /// <summary>The compressions that gRPC for .NET has.</summary>
    /// <param name="maxBytes">Of one decompressed message.</param>
    public static IList<ICompressionProvider> Providers(long maxBytes) =>
    [
        new BoundedCompression(new GzipCompressionProvider(CompressionLevel.Fastest), maxBytes),
        new BoundedCompression(new DeflateCompressionProvider(CompressionLevel.Fastest), maxBytes),
    ];

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => provider.CreateCompressionStream(stream, compressionLevel);

    public Stream CreateDecompressionStream(Stream stream) => new Bounded(provider.CreateDecompressionStream(stream), provider.EncodingName, maxBytes);

    private sealed class Bounded(Stream inner, string encoding, long maxBytes) : Stream
    {
        private long taken;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <exception cref="RpcException">InvalidArgument: the bytes are not compressed so. ResourceExhausted: they are more than the bound.</exception>
        public override int Read(Span<byte> buffer)
        {
            int read;
            try
            {
                read = inner.Read(buffer);
            }
            catch (InvalidDataException)
            {
                throw GrpcErrors.Of(new ServiceError(ErrorCode.InvalidArgument, $"the message is not compressed as its grpc-encoding says, {encoding}"));
            }

            taken += read;
            return taken <= maxBytes ? read : throw GrpcErrors.Of(new ServiceError(ErrorCode.PayloadTooLarge, $"the message is larger than {maxBytes} bytes when it is decompressed"));
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
