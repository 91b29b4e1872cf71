using System.Security.Cryptography;

namespace MlAspire.Gateway.Forwarding;

/// <summary>A body that is digested as it is read or written. Of what is written the last part is held back until <see cref="ReleaseAsync"/>.</summary>
/// <remarks>Not buffered but for that part. Asynchronous only; the stream inside stays open.</remarks>
internal sealed class DigestedBody(Stream body) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] held = [];

    /// <summary>Whether it was read to its end.</summary>
    public bool IsRead { get; private set; }

    public override bool CanRead => body.CanRead;

    public override bool CanWrite => body.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Of all that was read or written, hex digits. To be asked once.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <summary>Writes what is held back, if anything is.</summary>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        if (held.Length > 0)
        {
            await body.WriteAsync(held, cancellationToken);
            held = [];
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..read]);
        IsRead |= read == 0 && !buffer.IsEmpty;
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await ReleaseAsync(cancellationToken);
        hash.AppendData(buffer.Span);
        held = buffer.ToArray();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        hash.Dispose();
        base.Dispose(disposing);
    }
}
