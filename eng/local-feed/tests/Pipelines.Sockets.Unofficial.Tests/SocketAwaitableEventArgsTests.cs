using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class SocketAwaitableEventArgsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_is_awaited(bool withScheduler)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var args = new SocketAwaitableEventArgs(withScheduler ? PipeScheduler.ThreadPool : null) { RemoteEndPoint = listener.LocalEndpoint };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        Assert.Equal(0, await ConnectAsync(socket, args).WaitAsync(SocketPair.Limit));
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task Refused_connect_fails_with_the_sockets_error()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var args = new SocketAwaitableEventArgs { RemoteEndPoint = reserved.LocalEndPoint };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        var failure = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(socket, args).WaitAsync(SocketPair.Limit));
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Abort_fails_the_waiting_code_at_once_and_a_later_completion_changes_nothing()
    {
        using var args = new SocketAwaitableEventArgs();
        var waiting = AwaitAsync(args);
        Assert.False(waiting.IsCompleted);

        args.Abort(SocketError.TimedOut);
        args.Complete();

        Assert.Equal(SocketError.TimedOut, (await Assert.ThrowsAsync<SocketException>(() => waiting.WaitAsync(SocketPair.Limit))).SocketErrorCode);
        Assert.Throws<ArgumentOutOfRangeException>(() => args.Abort(SocketError.Success));
    }

    private static async Task<int> ConnectAsync(Socket socket, SocketAwaitableEventArgs args)
    {
        if (!socket.ConnectAsync(args))
        {
            args.Complete();
        }
        return await args;
    }

    private static async Task<int> AwaitAsync(SocketAwaitableEventArgs args) => await args;
}
