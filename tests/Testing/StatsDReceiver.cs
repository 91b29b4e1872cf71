using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace MlAspire.Testing;

/// <summary>A UDP socket that keeps what it is sent, and reads it as strictly as the protocol is described.</summary>
public sealed class StatsDReceiver : IDisposable
{
    private readonly UdpClient socket;
    private readonly ConcurrentQueue<byte[]> datagrams = new();

    /// <param name="port">0 = a free one.</param>
    public StatsDReceiver(int port = 0)
    {
        socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
        socket.Client.ReceiveBufferSize = 4 << 20;
        _ = ReceiveAsync();
    }

    public int Port => ((IPEndPoint)socket.Client.LocalEndPoint!).Port;

    public IReadOnlyList<byte[]> Datagrams => [.. datagrams];

    /// <summary>All lines so far, each as it came.</summary>
    public IReadOnlyList<string> Lines => [.. datagrams.SelectMany(datagram => Encoding.ASCII.GetString(datagram).Split('\n'))];

    /// <summary>All lines so far.</summary>
    /// <exception cref="FormatException">One is not well-formed.</exception>
    public IReadOnlyList<StatsDLine> Parsed => [.. Lines.Select(StatsDLine.Parse)];

    public void Dispose() => socket.Dispose();

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                datagrams.Enqueue((await socket.ReceiveAsync()).Buffer);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }
}

/// <summary>One line, taken apart.</summary>
/// <param name="Rate">1 when the line has none.</param>
/// <param name="Tags">Of DogStatsD; empty for a plain line.</param>
public sealed partial record StatsDLine(string Name, double Value, string Type, double Rate, IReadOnlyDictionary<string, string> Tags)
{
    /// <exception cref="FormatException">It is no metric of StatsD or DogStatsD, or a tag comes twice.</exception>
    public static StatsDLine Parse(string line)
    {
        var parts = Form().Match(line);
        if (!parts.Success)
        {
            throw new FormatException(line);
        }

        var rate = parts.Groups["rate"].Success ? double.Parse(parts.Groups["rate"].Value, CultureInfo.InvariantCulture) : 1;
        var tags = parts.Groups["tag"].Captures.Select(tag => tag.Value.Split(':')).ToDictionary(tag => tag[0], tag => tag[1]);
        return new(parts.Groups["name"].Value, double.Parse(parts.Groups["value"].Value, CultureInfo.InvariantCulture), parts.Groups["type"].Value, rate, tags);
    }

    [GeneratedRegex(@"\A(?<name>[A-Za-z0-9_.-]+):(?<value>-?\d+(\.\d+)?)\|(?<type>c|g|ms|h)(\|@(?<rate>0\.\d+))?(\|#(?<tag>[A-Za-z0-9_.-]+:[A-Za-z0-9_./-]+)(,(?<tag>[A-Za-z0-9_.-]+:[A-Za-z0-9_./-]+))*)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
