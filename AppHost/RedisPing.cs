using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.AppHost;

/// <summary>Healthy when the server answers the protocol's PING with PONG; a server that still loads its data is not ready.</summary>
internal sealed class RedisPing(LocalRedisResource redis) : IHealthCheck
{
    private static readonly byte[] Ping = "PING\r\n"u8.ToArray();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!redis.Endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("no port yet");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(redis.Endpoint.Host, redis.Endpoint.Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(Ping, cancellationToken);
            var answer = new byte[256];
            var read = await stream.ReadAsync(answer, cancellationToken);
            var text = Encoding.ASCII.GetString(answer, 0, read).TrimEnd();
            return text == "+PONG" ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(text);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
