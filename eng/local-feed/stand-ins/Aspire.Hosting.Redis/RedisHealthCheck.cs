using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Redis;

/// <summary>Healthy when the server answers a PING. Speaks RESP itself: an AppHost needs no Redis client for two commands.</summary>
internal sealed class RedisHealthCheck(RedisResource redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!redis.PrimaryEndpoint.IsAllocated)
        {
            return new(context.Registration.FailureStatus, "The endpoint has not been allocated yet.");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(redis.PrimaryEndpoint.Host, redis.PrimaryEndpoint.Port, cancellationToken).ConfigureAwait(false);
            using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            if (redis.PasswordParameter is { } parameter && await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false) is { } password)
            {
                await SendAsync(stream, reader, cancellationToken, "AUTH", password).ConfigureAwait(false);
            }

            var answer = await SendAsync(stream, reader, cancellationToken, "PING").ConfigureAwait(false);
            return answer == "+PONG" ? HealthCheckResult.Healthy() : new(context.Registration.FailureStatus, $"PING was answered with '{answer}'.");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return new(context.Registration.FailureStatus, exception.Message, exception);
        }
    }

    /// <summary>Writes an array of bulk strings (<c>*1\r\n$4\r\nPING\r\n</c>) and returns the one line that answers AUTH and PING.</summary>
    private static async Task<string?> SendAsync(NetworkStream stream, StreamReader reader, CancellationToken cancellationToken, params string[] words)
    {
        var command = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            command.Append(System.Globalization.CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken).ConfigureAwait(false);
        return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
    }
}
