using System.Net;
using System.Net.Sockets;
using System.Text;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.StatsD;

/// <summary>Sends the lines of each collection over UDP, on the collecting reader's thread. What a name that is not known, or a receiver that is gone, takes with it is dropped and counted; the next collection tries anew. What the network loses nobody counts.</summary>
internal sealed class StatsDExporter(StatsDOptions options, string service, SinkFlow flow) : BaseExporter<Metric>
{
    /// <summary>Bytes of a datagram that pass an Ethernet whole, with the headers of IP and UDP.</summary>
    public const int MaxDatagramBytes = 1_432;

    private readonly StatsDLines lines = new(options.Flavor, options.Prefix, service);

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var all = new List<string>();
        foreach (var metric in batch)
        {
            all.AddRange(lines.Of(metric));
        }

        flow.Produced(all.Count);
        var fitting = all.Where(line => line.Length <= MaxDatagramBytes).ToList();
        flow.Dropped("too_long", all.Count - fitting.Count);
        return Send(Datagrams(fitting)) ? ExportResult.Success : ExportResult.Failure;
    }

    /// <summary>As many whole lines as fit into each, parted by line ends.</summary>
    private static List<List<string>> Datagrams(IEnumerable<string> lines)
    {
        var (datagrams, bytes) = (new List<List<string>>(), MaxDatagramBytes);
        foreach (var line in lines)
        {
            if ((bytes += line.Length + 1) > MaxDatagramBytes)
            {
                datagrams.Add([]);
                bytes = line.Length;
            }

            datagrams[^1].Add(line);
        }

        return datagrams;
    }

    private bool Send(List<List<string>> datagrams)
    {
        var (sent, bytes) = (0, 0L);
        try
        {
            // Asked for each time, since a receiver may move; over IPv4 where there is a choice, since StatsD's own server hears nothing else.
            var address = Dns.GetHostAddresses(options.Host!).MinBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)!;
            using var socket = new UdpClient(address.AddressFamily);
            socket.Connect(address, options.Port);
            for (; sent < datagrams.Count; sent++)
            {
                bytes += socket.Send(Encoding.ASCII.GetBytes(string.Join('\n', datagrams[sent])));
            }
        }
        catch (Exception e) when (e is SocketException or ArgumentException) // the latter of an address that nobody can have: 0.0.0.0
        {
            flow.Dropped("not_reached", datagrams.Skip(sent).Sum(datagram => datagram.Count));
        }

        flow.Exported(datagrams.Take(sent).Sum(datagram => datagram.Count), bytes);
        return sent == datagrams.Count;
    }
}
