using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dashboard;

/// <summary>The web server inside the AppHost that the dashboard asks about the resources.</summary>
internal sealed class ResourceServiceHost(
    DistributedApplicationOptions application,
    IOptions<DashboardOptions> options,
    IOptions<DcpOptions> dcp,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggerFactory,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceCommandService commands,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    private const string AddressKey = "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL";
    private readonly TaskCompletionSource<string> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? server;

    /// <summary>Where the service listens; known once the host has started.</summary>
    public Task<string> Address => address.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        TransportSecurity.Check(configuration, application);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(time);
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<ResourceServiceKey>());
        builder.Services.AddSingleton(new ResourceService(notifications, loggers, commands, configuration, lifetime, time));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(Listen);
        server = builder.Build();
        server.MapGrpcService<ResourceService>();
        await server.StartAsync(cancellationToken).ConfigureAwait(false);
        address.SetResult(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (server is not null)
        {
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        var uri = Uri.TryCreate(configuration[AddressKey] ?? configuration["DOTNET_RESOURCE_SERVICE_ENDPOINT_URL"], UriKind.Absolute, out var given) ? given : null;
        if (uri is { IsLoopback: false })
        {
            throw new DistributedApplicationException($"{AddressKey} must contain a local loopback address.");
        }

        var port = dcp.Value.RandomizePorts ? 0 : uri?.Port ?? 0;
        var isHttps = uri is null ? !TransportSecurity.AllowsHttp(configuration, application) && !application.DisableDashboard : uri.Scheme == Uri.UriSchemeHttps;
        if (port == 0 || uri?.Host != "localhost")
        {
            kestrel.Listen(IPAddress.TryParse(uri?.Host, out var ip) ? ip : IPAddress.Loopback, port, Configure);
        }
        else
        {
            kestrel.ListenLocalhost(port, Configure);
        }

        // gRPC without TLS cannot agree on HTTP/2, so nothing else is spoken.
        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            if (isHttps)
            {
                listen.UseHttps();
            }
        }
    }
}
