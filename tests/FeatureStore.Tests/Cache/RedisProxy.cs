using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MlAspire.FeatureStore.Tests.Cache;

/// <summary>Stands between a client and a Redis: can hold back what Redis publishes without ending the connection, as a network does, and sees what is sent before Redis does.</summary>
internal sealed class RedisProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Task accepting;
    private readonly Func<string, Task> sending;
    private volatile TaskCompletionSource open = new();

    /// <param name="sending">Awaited before what a client sent is passed on.</param>
    public RedisProxy(int port, Func<string, Task>? sending = null)
    {
        this.sending = sending ?? (_ => Task.CompletedTask);
        open.SetResult();
        listener.Start();
        accepting = AcceptAsync(port);
    }

    public string ConnectionString => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public void HoldMessages() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ReleaseMessages() => open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        ReleaseMessages();
        await accepting; // before the listener ends: between two connections it would be asked for the next
        listener.Stop();
        ending.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await listener.AcceptTcpClientAsync(ending.Token), port));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(TcpClient client, int port)
    {
        using var server = new TcpClient();
        using (client)
        {
            NetworkStream asking, answering;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, port);
                (asking, answering) = (client.GetStream(), server.GetStream());
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                return; // Redis is away, or who asks
            }
            var subscribes = false;
            await Task.WhenAny(
                CopyAsync(asking, answering, sent =>
                {
                    var text = Encoding.ASCII.GetString(sent.Span);
                    subscribes |= text.Contains("SUBSCRIBE", StringComparison.OrdinalIgnoreCase);
                    return sending(text);
                }),
                CopyAsync(answering, asking, _ => subscribes ? open.Task : Task.CompletedTask));
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Func<Memory<byte>, Task> before)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReadAsync(buffer, ending.Token) is > 0 and var read)
            {
                await before(buffer.AsMemory(0, read));
                await to.WriteAsync(buffer.AsMemory(0, read), ending.Token);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has ended; the other is ended with it.
        }
    }
}
