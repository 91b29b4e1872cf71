using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;

namespace MlAspire.AppHost;

/// <summary>
/// The public ports, each changed by the configuration key <c>Ports:{Name}</c> (environment: <c>Ports__Gateway=6080</c>).
/// All null in publish mode, where the platform gives ports.
/// </summary>
internal sealed record PublicPorts(int? FeatureStore, int? Inference, int? InferenceGrpc, int? Gateway, int? Monitoring)
{
    /// <summary>The ports of this run.</summary>
    /// <exception cref="DistributedApplicationException">A port is no port, is given twice, or something listens on it already; the message names the configuration key.</exception>
    public static PublicPorts Read(IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsRunMode)
        {
            return new PublicPorts(null, null, null, null, null);
        }

        // The testing builder gives every endpoint a random port, so the declared ones need not be free.
        var mustBeFree = !builder.Configuration.GetValue("DcpPublisher:RandomizePorts", false);
        var listening = mustBeFree ? IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners() : [];
        var seen = new Dictionary<int, string>();

        int Port(string name, int byDefault)
        {
            var key = "Ports:" + name;
            var port = Number(builder, key) ?? byDefault;
            if (!seen.TryAdd(port, key))
            {
                throw new DistributedApplicationException($"{key} and {seen[port]} are both {port}; give one of them another port.");
            }

            if (listening.Any(l => l.Port == port && (IPAddress.IsLoopback(l.Address) || l.Address.Equals(IPAddress.Any) || l.Address.Equals(IPAddress.IPv6Any))))
            {
                throw new DistributedApplicationException($"Port {port} of {key} is taken: stop what listens there, or set {key} (environment {key.Replace(":", "__")}) to another port.");
            }

            return port;
        }

        if (mustBeFree)
        {
            var dashboard = Port("Dashboard", 15000);
            if (builder.Configuration["Ports:Dashboard"] is not null)
            {
                builder.Configuration["ASPNETCORE_URLS"] = $"http://localhost:{dashboard}"; // what Aspire reads for its dashboard
            }
        }

        return new PublicPorts(Port("FeatureStore", 6566), Port("Inference", 8000), Port("InferenceGrpc", 8001), Port("Gateway", 5080), Port("Monitoring", 5090));
    }

    private static int? Number(IDistributedApplicationBuilder builder, string key) => builder.Configuration[key] switch
    {
        null => null,
        var text when int.TryParse(text, out var port) && port is >= 1 and <= 65535 => port,
        var text => throw new DistributedApplicationException($"{key} is '{text}'; it must be a port from 1 to 65535."),
    };
}
