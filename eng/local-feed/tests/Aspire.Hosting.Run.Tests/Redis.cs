using System.Net.Sockets;
using System.Text;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests;

/// <summary>The least of a Redis client: enough to tell that a server answers, and which.</summary>
internal static class Redis
{
    /// <summary>Sends an inline command and returns the first line, or for a bulk answer its text.</summary>
    public static async Task<string> AskAsync(int port, string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", port, cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var first = await reader.ReadLineAsync(cancellationToken) ?? throw new IOException("The server closed the connection.");
        if (!first.StartsWith('$'))
        {
            return first;
        }

        var text = new char[int.Parse(first.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(text, cancellationToken);
        return new string(text);
    }

    public static async Task<int> ProcessIdAsync(int port, CancellationToken cancellationToken)
    {
        var info = await AskAsync(port, "INFO server", cancellationToken);
        var line = info.Split("\r\n").Single(line => line.StartsWith("process_id:", StringComparison.Ordinal));
        return int.Parse(line.AsSpan("process_id:".Length), System.Globalization.CultureInfo.InvariantCulture);
    }
}
