using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>A connected socket as a pair of pipes. Disposing it closes the socket.</summary>
public sealed class SocketConnection : IMeasuredDuplexPipe, IDisposable
{
    private readonly Socket socket;
    private readonly string? name;
    private readonly DuplexPump pump;
    private int shutdownKind;

    private SocketConnection(Socket socket, PipeOptions? sendOptions, PipeOptions? receiveOptions, string? name)
    {
        this.socket = socket;
        this.name = name;
        pump = new DuplexPump(new NetworkStream(socket, ownsSocket: false), sendOptions, receiveOptions);
    }

    public PipeReader Input => pump.Input;

    public PipeWriter Output => pump.Output;

    public long BytesSent => pump.BytesSent;

    public long BytesRead => pump.BytesReceived;

    public int LastReceived => pump.LastReceived;

    /// <summary>What ended the connection first; None while it is open.</summary>
    public PipeShutdownKind ShutdownKind => (PipeShutdownKind)Volatile.Read(ref shutdownKind);

    /// <summary>The error that ended the connection, if it was a socket's.</summary>
    public SocketError SocketError { get; private set; }

    long IMeasuredDuplexPipe.TotalBytesSent => BytesSent;

    long IMeasuredDuplexPipe.TotalBytesReceived => BytesRead;

    /// <summary>Does nothing: the genuine package checks here for assemblies that are part of .NET now.</summary>
    public static void AssertDependencies()
    {
    }

    /// <summary>Starts reading from and writing to <paramref name="socket"/>, which must be connected.</summary>
    public static SocketConnection Create(
        Socket socket,
        PipeOptions? sendPipeOptions,
        PipeOptions? receivePipeOptions,
        SocketConnectionOptions socketConnectionOptions = SocketConnectionOptions.None,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var connection = new SocketConnection(socket, sendPipeOptions, receivePipeOptions, name);
        connection.pump.StartSending(connection.SendingEnded);
        connection.pump.StartReceiving(connection.Ended);
        return connection;
    }

    /// <summary>Small commands are sent at once.</summary>
    public static void SetRecommendedClientOptions(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }
    }

    /// <summary>Notes that the protocol is about to end the connection, unless something else already did.</summary>
    /// <returns>Whether <paramref name="kind"/> is of the protocol and the first reason.</returns>
    public bool TrySetProtocolShutdown(PipeShutdownKind kind) =>
        kind is PipeShutdownKind.ProtocolExitClient or PipeShutdownKind.ProtocolExitServer && TrySetShutdown(kind);

    public Counters GetCounters()
    {
        try
        {
            return new Counters(socket.Available, PipeLength(pump.SendPipe), PipeLength(pump.ReceivePipe));
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or MissingMethodException)
        {
            return new Counters(-1, -1, -1);
        }
    }

    public void Dispose()
    {
        TrySetShutdown(PipeShutdownKind.PipeDisposed);
        // Without it closing a socket while a receive is pending resets the connection, and what was just sent may be lost.
        ShutDown(SocketShutdown.Both);
        socket.Dispose();
    }

    public override string ToString() => name ?? nameof(SocketConnection);

    private void SendingEnded(PipeShutdownKind kind, Exception? error)
    {
        Ended(kind, error);
        ShutDown(SocketShutdown.Send);
    }

    private void Ended(PipeShutdownKind kind, Exception? error)
    {
        if (TrySetShutdown(kind) && DuplexPump.SocketErrorOf(error) is { } socketError)
        {
            SocketError = socketError;
        }
    }

    private bool TrySetShutdown(PipeShutdownKind kind) => Interlocked.CompareExchange(ref shutdownKind, (int)kind, 0) == 0;

    private void ShutDown(SocketShutdown direction)
    {
        try
        {
            socket.Shutdown(direction);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed or not connected any more: that is what was wanted.
        }
    }

    // Pipe does not publish its length; only the texts of time-out errors show it.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Length")]
    private static extern long PipeLength(Pipe pipe);

    /// <summary>Bytes on their way; -1 when unknown.</summary>
    public readonly struct Counters
    {
        internal Counters(long availableOnSocket, long waitingToBeSent, long waitingToBeRead) =>
            (BytesAvailableOnSocket, BytesWaitingToBeSent, BytesWaitingToBeRead) = (availableOnSocket, waitingToBeSent, waitingToBeRead);

        public long BytesAvailableOnSocket { get; }

        public long BytesWaitingToBeSent { get; }

        public long BytesWaitingToBeRead { get; }
    }
}
