using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class StreamConnectionTests
{
    [Fact]
    public async Task Duplex_moves_bytes_both_ways_and_counts_them()
    {
        using var pair = await SocketPair.ConnectAsync();
        var pipe = StreamConnection.GetDuplex(new NetworkStream(pair.Peer), null, null, "peer");

        await pipe.Output.WriteAsync("there"u8.ToArray());
        await pair.Connection.Output.WriteAsync("and back"u8.ToArray());
        await pair.Connection.Output.CompleteAsync();

        Assert.Equal("and back"u8.ToArray(), await pipe.Input.ReadToEndAsync());
        Assert.Equal("there"u8.ToArray(), (await pair.Connection.Input.ReadAtLeastAsync(5)).Buffer.FirstSpan.ToArray());
        var measured = Assert.IsType<IMeasuredDuplexPipe>(pipe, exactMatch: false);
        // Bytes are counted when the stream has taken them, which the peer may see first.
        SpinWait.SpinUntil(() => measured.TotalBytesSent == 5, SocketPair.Limit);
        Assert.Equal((5, 8, "peer"), (measured.TotalBytesSent, measured.TotalBytesReceived, pipe.ToString()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Reader_gives_the_streams_bytes_and_ends_with_it(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        Assert.Equal(bytes, await StreamConnection.GetReader(new MemoryStream(bytes)).ReadToEndAsync());
    }

    [Fact]
    public async Task Failure_of_the_stream_reaches_reader_and_writer()
    {
        var pipe = StreamConnection.GetDuplex(new BrokenStream(), null, null);

        Assert.Equal("cannot read", (await Assert.ThrowsAsync<IOException>(pipe.Input.ReadToEndAsync)).Message);
        var failure = await Assert.ThrowsAsync<IOException>(() => pipe.Output.WriteUntilItFailsAsync());
        Assert.Equal("cannot write", failure.Message);
    }

    [Fact]
    public void A_stream_with_one_position_is_not_duplex()
    {
        Assert.Equal("stream", Assert.Throws<ArgumentException>(() => StreamConnection.GetDuplex(new MemoryStream(), null, null)).ParamName);
        Assert.Equal("stream", Assert.Throws<ArgumentNullException>(() => StreamConnection.GetReader(null!)).ParamName);
    }

    private sealed class BrokenStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("cannot read");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("cannot write");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
