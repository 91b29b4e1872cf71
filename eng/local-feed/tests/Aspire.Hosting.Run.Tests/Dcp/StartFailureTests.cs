using System.Net;
using System.Net.Sockets;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dcp;

/// <summary>What cannot start says why, with the name of what has to be changed.</summary>
public sealed class StartFailureTests
{
    [Fact]
    public async Task A_taken_port_is_named_with_its_resource_endpoint_and_configuration_key()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var builder = DistributedApplication.CreateBuilder(Programs.Options($"--Ports:Sleeper={port}"));
        builder.AddExecutable("sleeper", "sleep", ".", "600").WithHttpEndpoint(port: port);
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Waits.Soon(60)));

        Assert.Equal(
            $"Port {port} of the endpoint 'http' of the resource 'sleeper' is in use by another process. End that process, or change the configuration key Ports:Sleeper.",
            error.Message);
    }

    [Fact]
    public async Task Two_endpoints_that_want_one_port_are_both_named()
    {
        var builder = DistributedApplication.CreateBuilder(Programs.Options());
        builder.AddExecutable("one", "sleep", ".", "600").WithHttpEndpoint(port: 59_999);
        builder.AddExecutable("two", "sleep", ".", "600").WithHttpEndpoint(port: 59_999);
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Waits.Soon(60)));

        Assert.StartsWith(
            "Port 59999 is asked for by the endpoint 'http' of the resource 'one' and the endpoint 'http' of the resource 'two'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_behind_a_proxyless_endpoint_are_refused()
    {
        var builder = DistributedApplication.CreateBuilder(Programs.Options());
        builder.AddProject("web", Programs.FixtureProject).WithHttpEndpoint(port: 59_998, isProxied: false).WithReplicas(2);
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Waits.Soon(60)));

        Assert.Equal("the endpoint 'http' of the resource 'web' has no proxy, so the resource cannot have replicas.", error.Message);
    }

    [Fact]
    public async Task Without_DCP_the_configuration_key_is_named()
    {
        var builder = DistributedApplication.CreateBuilder(Programs.Options("--DcpPublisher:CliPath=/no/dcp"));
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Waits.Soon()));

        Assert.Equal("There is no DCP executable at '/no/dcp'. The application cannot be run without it; see DcpPublisher:CliPath.", error.Message);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "applicationUrl")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL")]
    [InlineData("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL")]
    public async Task An_http_address_of_the_dashboard_must_be_allowed(string key, string named)
    {
        var options = Programs.Options($"--{key}=http://localhost:0");
        options.DisableDashboard = false;
        await using var app = DistributedApplication.CreateBuilder(options).Build();

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Waits.Soon()));

        Assert.StartsWith(
            $"The '{named}' setting must be an https address unless the 'ASPIRE_ALLOW_UNSECURED_TRANSPORT' environment variable is set to true.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fixed_port_is_the_public_one_and_a_proxyless_one_is_bound_by_the_process()
    {
        var (proxied, bound) = (FreePort(), FreePort());
        var builder = DistributedApplication.CreateBuilder(Programs.Options());
        var redis = builder.AddExecutable("proxied", "redis-server", ".", "--save", "").WithEndpoint(port: proxied, name: "tcp", scheme: "tcp");
        redis.WithArgs("--port", redis.GetEndpoint("tcp").Property(EndpointProperty.TargetPort));
        builder.AddExecutable("bound", "redis-server", ".", "--save", "", "--port", bound.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .WithEndpoint(port: bound, name: "tcp", scheme: "tcp", isProxied: false);
        await using var app = builder.Build();
        await app.StartAsync(Waits.Soon(60));
        await app.ResourceNotifications.WaitForResourceHealthyAsync("proxied", Waits.Soon());
        await app.ResourceNotifications.WaitForResourceHealthyAsync("bound", Waits.Soon());

        Assert.Contains($"tcp_port:{bound}\r\n", await EventuallyAsync(bound), StringComparison.Ordinal);
        Assert.DoesNotContain($"tcp_port:{proxied}\r\n", await EventuallyAsync(proxied), StringComparison.Ordinal);
        await app.StopAsync();
    }

    /// <summary>A process that runs need not listen yet.</summary>
    private static async Task<string> EventuallyAsync(int port)
    {
        var answer = "";
        await Waits.UntilAsync(() =>
        {
            try
            {
                answer = Redis.AskAsync(port, "INFO server", Waits.Soon()).GetAwaiter().GetResult();
                return true;
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                return false;
            }
        }, $"redis answers on port {port}");
        return answer;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
