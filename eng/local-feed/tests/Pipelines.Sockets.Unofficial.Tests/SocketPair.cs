using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

/// <summary>A real connection over the loopback: ours on one side, the plain socket of a peer on the other.</summary>
internal sealed class SocketPair : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private SocketPair(Socket ours, Socket peer, PipeOptions? options)
    {
        Ours = ours;
        Peer = peer;
        Connection = SocketConnection.Create(ours, options, options, name: "pair");
    }

    public Socket Ours { get; }

    public Socket Peer { get; }

    public SocketConnection Connection { get; }

    public static async Task<SocketPair> ConnectAsync(PipeOptions? options = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var ours = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await ours.ConnectAsync(listener.LocalEndPoint!);
        return new SocketPair(ours, await listener.AcceptAsync(), options);
    }

    /// <summary>Everything that arrives at the peer until our side says that it is done.</summary>
    public async Task<byte[]> ReadAtPeerToEndAsync()
    {
        using var all = new MemoryStream();
        await new NetworkStream(Peer).CopyToAsync(all).WaitAsync(Limit);
        return all.ToArray();
    }

    public void Dispose()
    {
        Connection.Dispose();
        Peer.Dispose();
    }
}

internal static class Pipes
{
    /// <summary>Writes until the other side's failure is heard of.</summary>
    public static async Task WriteUntilItFailsAsync(this PipeWriter writer)
    {
        using var limit = new CancellationTokenSource(SocketPair.Limit);
        while (true)
        {
            await writer.WriteAsync(new byte[10], limit.Token);
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Everything up to the end of <paramref name="reader"/>.</summary>
    public static async Task<byte[]> ReadToEndAsync(this PipeReader reader)
    {
        using var all = new MemoryStream();
        await reader.CopyToAsync(all).WaitAsync(SocketPair.Limit);
        return all.ToArray();
    }
}
