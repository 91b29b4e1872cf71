using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MlAspire.Benchmarks.Load;

/// <summary>One kept connection that sends the same bytes again and again and blocks for each answer: the cheapest client there is, since its cost is part of every figure.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] request;
    private readonly byte[] buffer = new byte[1 << 18];

    public Connection(int port, byte[] request)
    {
        this.request = request;
        socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>A whole request: V2 with binary tensors.</summary>
    public static byte[] Request(BenchModel model)
    {
        var body = model.Body(out var jsonBytes);
        return [.. Encoding.ASCII.GetBytes($"POST {model.Path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/octet-stream\r\nInference-Header-Content-Length: {jsonBytes}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }

    /// <summary>Sends the request and reads its whole answer.</summary>
    /// <returns>The HTTP status.</returns>
    /// <exception cref="IOException">The server has closed the connection.</exception>
    public int Exchange()
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += socket.Send(request.AsSpan(sent));
        }

        var read = 0;
        int head;
        while ((head = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8)) < 0)
        {
            read += Receive(buffer.AsSpan(read));
        }

        if (ContentLength(buffer.AsSpan(0, head + 2)) is { } length)
        {
            for (var rest = length - (read - head - 4); rest > 0;)
            {
                rest -= Receive(buffer.AsSpan(head)); // the head stays: its status is read below
            }
        }
        else
        {
            // Chunked, as the small bodies of errors are.
            while (!buffer.AsSpan(0, read).EndsWith("0\r\n\r\n"u8))
            {
                read += Receive(buffer.AsSpan(read));
            }
        }

        return ((buffer[9] - '0') * 100) + ((buffer[10] - '0') * 10) + buffer[11] - '0';
    }

    public void Dispose() => socket.Dispose();

    private int Receive(Span<byte> into) => socket.Receive(into) is > 0 and var count ? count : throw new IOException("the server closed the connection");

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\nContent-Length: "u8;
        var lower = "\r\ncontent-length: "u8; // as Node writes it
        var at = head.IndexOf(name) is >= 0 and var found ? found : head.IndexOf(lower);
        if (at < 0)
        {
            return null;
        }

        var value = head[(at + name.Length)..];
        return int.Parse(value[..value.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
