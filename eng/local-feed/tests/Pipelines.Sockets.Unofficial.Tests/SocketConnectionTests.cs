using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class SocketConnectionTests
{
    [Fact]
    public async Task Bytes_arrive_whole_and_in_order_in_both_directions_at_once()
    {
        using var pair = await SocketPair.ConnectAsync();
        var (there, back) = (RandomBytes(5_000_003, seed: 1), RandomBytes(7_000_001, seed: 2));

        var atPeer = pair.ReadAtPeerToEndAsync();
        var atOurs = pair.Connection.Input.ReadToEndAsync();
        var sent = SendToPeerAsync();
        await pair.Peer.SendAsync(back).WaitAsync(SocketPair.Limit);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await sent;

        Assert.Equal(there, await atPeer);
        Assert.Equal(back, await atOurs);
        Assert.Equal((there.Length, back.Length), (pair.Connection.BytesSent, pair.Connection.BytesRead));
        Assert.Equal((there.Length, back.Length), (((IMeasuredDuplexPipe)pair.Connection).TotalBytesSent, ((IMeasuredDuplexPipe)pair.Connection).TotalBytesReceived));

        async Task SendToPeerAsync()
        {
            foreach (var part in there.Chunk(60_001))
            {
                await pair.Connection.Output.WriteAsync(part).AsTask().WaitAsync(SocketPair.Limit);
            }
            await pair.Connection.Output.CompleteAsync();
        }
    }

    [Fact]
    public async Task End_of_the_peers_data_ends_the_input_without_an_error()
    {
        using var pair = await SocketPair.ConnectAsync();

        await pair.Peer.SendAsync("abc"u8.ToArray());
        pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal("abc"u8.ToArray(), await pair.Connection.Input.ReadToEndAsync());
        Assert.Equal((PipeShutdownKind.ReadEndOfStream, SocketError.Success, 0), (pair.Connection.ShutdownKind, pair.Connection.SocketError, pair.Connection.LastReceived));
    }

    [Fact]
    public async Task Reset_by_the_peer_fails_the_reader_and_the_next_flush()
    {
        using var pair = await SocketPair.ConnectAsync();

        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Close();

        await Assert.ThrowsAsync<ConnectionResetException>(pair.Connection.Input.ReadToEndAsync);
        Assert.Equal((PipeShutdownKind.ReadSocketError, SocketError.ConnectionReset), (pair.Connection.ShutdownKind, pair.Connection.SocketError));
        await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Connection.Output.WriteUntilItFailsAsync());
    }

    [Fact]
    public async Task Completed_output_reaches_the_peer_whole_before_the_end()
    {
        using var pair = await SocketPair.ConnectAsync();
        await pair.Connection.Output.WriteAsync("last words"u8.ToArray());
        await pair.Connection.Output.CompleteAsync();

        Assert.Equal("last words"u8.ToArray(), await pair.ReadAtPeerToEndAsync());
        Assert.Equal(PipeShutdownKind.WriteEndOfStream, pair.Connection.ShutdownKind);
    }

    [Fact]
    public async Task Dispose_ends_the_reader_and_the_socket()
    {
        using var pair = await SocketPair.ConnectAsync();
        var reading = pair.Connection.Input.ReadAsync().AsTask();

        pair.Connection.Dispose();

        // How the reader hears of it depends on what the socket was doing; it must not wait for ever.
        await Record.ExceptionAsync(() => reading.WaitAsync(SocketPair.Limit));
        Assert.True(reading.IsCompleted);
        Assert.Equal(PipeShutdownKind.PipeDisposed, pair.Connection.ShutdownKind);
        Assert.Empty(await pair.ReadAtPeerToEndAsync());
        Assert.Throws<ObjectDisposedException>(() => pair.Ours.Available);
        Assert.Equal((-1, -1, -1), Figures(pair.Connection.GetCounters()));
    }

    [Fact]
    public async Task A_reader_that_does_not_read_stops_the_peer()
    {
        using var pair = await SocketPair.ConnectAsync(new PipeOptions(pauseWriterThreshold: 65_536, resumeWriterThreshold: 32_768));
        var sent = 0L;
        var block = new byte[1 << 20];
        while (await pair.Peer.SendAsync(block).WaitAsync(TimeSpan.FromSeconds(1)).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : 0, TaskScheduler.Default) is > 0 and var n)
        {
            sent += n;
        }

        Assert.InRange(pair.Connection.BytesRead, 65_536, 65_536 + 32_768);
        Assert.InRange(sent, 1, 200 << 20);
    }

    [Fact]
    public async Task Counters_tell_what_waits_to_be_read()
    {
        using var pair = await SocketPair.ConnectAsync();
        await pair.Peer.SendAsync(new byte[1000]);
        SpinWait.SpinUntil(() => pair.Connection.GetCounters().BytesWaitingToBeRead == 1000, SocketPair.Limit);

        Assert.Equal((0, 0, 1000), Figures(pair.Connection.GetCounters()));
    }

    [Theory]
    [InlineData(PipeShutdownKind.ProtocolExitClient, true)]
    [InlineData(PipeShutdownKind.ProtocolExitServer, true)]
    [InlineData(PipeShutdownKind.PipeDisposed, false)]
    [InlineData(PipeShutdownKind.None, false)]
    public async Task Only_the_protocol_can_announce_its_exit(PipeShutdownKind kind, bool accepted)
    {
        using var pair = await SocketPair.ConnectAsync();

        Assert.Equal(accepted, pair.Connection.TrySetProtocolShutdown(kind));
        Assert.Equal(accepted ? kind : PipeShutdownKind.None, pair.Connection.ShutdownKind);
        Assert.False(accepted && pair.Connection.TrySetProtocolShutdown(kind));
    }

    [Fact]
    public async Task A_caller_that_suppresses_its_context_is_served_as_well()
    {
        Task<SocketPair> connecting;
        using (ExecutionContext.SuppressFlow())
        {
            connecting = Task.Run(() => SocketPair.ConnectAsync());
        }
        using var pair = await connecting;
        using var again = ExecutionContext.SuppressFlow();
        using var second = SocketConnection.Create(pair.Peer, null, null);

        Assert.Equal(PipeShutdownKind.None, second.ShutdownKind);
    }

    [Fact]
    public async Task Pumps_do_not_carry_the_callers_context()
    {
        var local = new AsyncLocal<string> { Value = "caller" };
        var scheduler = new RecordingScheduler(() => local.Value);
        using var pair = await SocketPair.ConnectAsync(new PipeOptions(readerScheduler: scheduler, writerScheduler: scheduler));

        await pair.Peer.SendAsync(new byte[1]);
        await pair.Connection.Input.ReadAsync().AsTask().WaitAsync(SocketPair.Limit);

        Assert.All(scheduler.Seen, Assert.Null);
        Assert.NotEmpty(scheduler.Seen);
    }

    [Fact]
    public void Recommended_options_send_small_commands_at_once()
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        SocketConnection.AssertDependencies();
        SocketConnection.SetRecommendedClientOptions(tcp);
        SocketConnection.SetRecommendedClientOptions(unix);

        Assert.True(tcp.NoDelay);
    }

    private static (long, long, long) Figures(SocketConnection.Counters counters) =>
        (counters.BytesAvailableOnSocket, counters.BytesWaitingToBeSent, counters.BytesWaitingToBeRead);

    private static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class RecordingScheduler(Func<string?> context) : PipeScheduler
    {
        public System.Collections.Concurrent.ConcurrentQueue<string?> Seen { get; } = [];

        public override void Schedule(Action<object?> action, object? state) => ThreadPool.Schedule(
            _ =>
            {
                Seen.Enqueue(context());
                action(state);
            },
            null);
    }
}
