using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Pipes over a stream. The stream stays the caller's to dispose; that ends them.</summary>
public static class StreamConnection
{
    /// <summary>A pipe in both directions; the result is an <see cref="IMeasuredDuplexPipe"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be both read and written.</exception>
    public static IDuplexPipe GetDuplex(Stream stream, PipeOptions? sendPipeOptions, PipeOptions? receivePipeOptions, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // A file or memory stream has one position for both directions.
        if (!stream.CanRead || !stream.CanWrite || stream.CanSeek)
        {
            throw new ArgumentException($"{stream.GetType().Name} is not a duplex stream.", nameof(stream));
        }
        var pump = new DuplexPump(stream, sendPipeOptions, receivePipeOptions);
        pump.StartSending();
        pump.StartReceiving();
        return new StreamPipe(pump, name);
    }

    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    public static PipeReader GetReader(Stream stream, PipeOptions? pipeOptions = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead)
        {
            throw new ArgumentException($"{stream.GetType().Name} cannot be read.", nameof(stream));
        }
        var pump = new DuplexPump(stream, null, pipeOptions);
        pump.StartReceiving();
        return pump.Input;
    }

    private sealed class StreamPipe(DuplexPump pump, string? name) : IMeasuredDuplexPipe
    {
        public PipeReader Input => pump.Input;

        public PipeWriter Output => pump.Output;

        public long TotalBytesSent => pump.BytesSent;

        public long TotalBytesReceived => pump.BytesReceived;

        public override string ToString() => name ?? nameof(StreamPipe);
    }
}
