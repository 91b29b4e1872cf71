using System.IO.Pipelines;
using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Moves bytes between a stream and two pipes, both ways at the same time.</summary>
/// <remarks>
/// Each pump completes only its own half of its pipe. A pipe gives its buffers back when both halves are completed, so the user of
/// <see cref="Output"/> never holds a buffer that another has already rented. A failure reaches that user through the next flush or read.
/// </remarks>
internal sealed class DuplexPump(Stream stream, PipeOptions? sendOptions, PipeOptions? receiveOptions)
{
    private readonly PipeOptions sendOptions = sendOptions ?? PipeOptions.Default;
    private readonly PipeOptions receiveOptions = receiveOptions ?? PipeOptions.Default;
    private long bytesSent;
    private long bytesReceived;

    public PipeReader Input => ReceivePipe.Reader;

    public PipeWriter Output => SendPipe.Writer;

    public Pipe SendPipe { get; } = new(sendOptions ?? PipeOptions.Default);

    public Pipe ReceivePipe { get; } = new(receiveOptions ?? PipeOptions.Default);

    public long BytesSent => Interlocked.Read(ref bytesSent);

    public long BytesReceived => Interlocked.Read(ref bytesReceived);

    /// <summary>Bytes of the last read.</summary>
    public int LastReceived { get; private set; }

    /// <summary>Starts sending; <paramref name="ended"/> hears why it ended.</summary>
    public void StartSending(Action<PipeShutdownKind, Exception?>? ended = null) => Start(sendOptions.ReaderScheduler, () => SendAsync(ended));

    /// <summary>Starts receiving; <paramref name="ended"/> hears why it ended.</summary>
    public void StartReceiving(Action<PipeShutdownKind, Exception?>? ended = null) => Start(receiveOptions.WriterScheduler, () => ReceiveAsync(ended));

    // A pump outlives the call that opened the connection: it must not keep that call's context (its activity, its scope) alive and in force.
    private static void Start(PipeScheduler scheduler, Func<Task> pump)
    {
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        scheduler.Schedule(static pump => _ = ((Func<Task>)pump!)(), pump);
    }

    private async Task SendAsync(Action<PipeShutdownKind, Exception?>? ended)
    {
        var reader = SendPipe.Reader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync().ConfigureAwait(false);
                foreach (var segment in read.Buffer)
                {
                    await stream.WriteAsync(segment).ConfigureAwait(false);
                    Interlocked.Add(ref bytesSent, segment.Length);
                }
                await stream.FlushAsync().ConfigureAwait(false);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
            ended?.Invoke(PipeShutdownKind.WriteEndOfStream, null);
            await reader.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ended?.Invoke(SocketErrorOf(e) is null ? PipeShutdownKind.WriteException : PipeShutdownKind.WriteSocketError, e);
            await reader.CompleteAsync(Translate(e)).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(Action<PipeShutdownKind, Exception?>? ended)
    {
        var writer = ReceivePipe.Writer;
        try
        {
            var end = PipeShutdownKind.None;
            while (end == PipeShutdownKind.None)
            {
                var count = await stream.ReadAsync(writer.GetMemory()).ConfigureAwait(false);
                LastReceived = count;
                Interlocked.Add(ref bytesReceived, count);
                writer.Advance(count);
                var flush = await writer.FlushAsync().ConfigureAwait(false);
                end = count == 0 ? PipeShutdownKind.ReadEndOfStream : flush.IsCompleted ? PipeShutdownKind.ReadFlushCompleted : PipeShutdownKind.None;
            }
            ended?.Invoke(end, null);
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ended?.Invoke(SocketErrorOf(e) is null ? PipeShutdownKind.ReadException : PipeShutdownKind.ReadSocketError, e);
            await writer.CompleteAsync(Translate(e)).ConfigureAwait(false);
        }
    }

    /// <summary>The socket's error when <paramref name="exception"/> or its cause is one, else null.</summary>
    internal static SocketError? SocketErrorOf(Exception? exception) => ((exception as SocketException) ?? (exception?.InnerException as SocketException))?.SocketErrorCode;

    private static Exception Translate(Exception exception) =>
        SocketErrorOf(exception) is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
            ? new ConnectionResetException(exception.Message, exception)
            : exception;
}
