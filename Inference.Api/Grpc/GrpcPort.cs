using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Opens GRPC_PORT for HTTP/2 without TLS, on the host of the first address of ASPNETCORE_URLS: without TLS a port cannot offer both HTTP/1.1 and HTTP/2.</summary>
internal static class GrpcPort
{
    public const string Key = "GRPC_PORT";

    /// <exception cref="InvalidOperationException">GRPC_PORT is not a port.</exception>
    public static void AddGrpcPort(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[Key] is not { Length: > 0 } text)
        {
            return;
        }

        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new InvalidOperationException($"{Key} must be a port from 0 to 65535, not '{text}'");
        }

        string[] urls = [.. (builder.Configuration[WebHostDefaults.ServerUrlsKey] ?? "http://localhost:8000").Split(';', StringSplitOptions.RemoveEmptyEntries)];
        builder.WebHost.UseUrls([.. urls, $"http://{BindingAddress.Parse(urls[0]).Host}:{port}"]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Kestrel asks for the defaults of each URL in their order; ports may all be 0 here, so only the position tells them apart.
            var position = 0;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = position++ < urls.Length ? HttpProtocols.Http1 : HttpProtocols.Http2);
        });
    }
}
