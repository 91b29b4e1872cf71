using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;

namespace MlAspire.LocalFeed.Aspire.Hosting.Testing.Tests;

/// <summary>What processes of a running AppHost see, read from the processes themselves.</summary>
public sealed class RunningAppHostTests(SampleApplication sample) : IClassFixture<SampleApplication>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_gets_its_profile_its_references_and_its_arguments()
    {
        using var front = sample.Application.CreateHttpClient("front", "http");

        var environment = await front.GetFromJsonAsync<Dictionary<string, string>>("/environment", Cancellation);

        var api = sample.Application.GetEndpoint("api", "http").ToString().TrimEnd('/');
        Assert.Equal("yes", environment!["FROM_PROFILE"]);
        Assert.Equal("http", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal((api, api), (environment["services__api__http__0"], environment["API_HTTP"]));
        Assert.Equal("front", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal(["--greeting", "hello"], (await front.GetFromJsonAsync<string[]>("/args", Cancellation))!);
    }

    [Fact]
    public async Task An_endpoint_with_a_variable_of_its_own_is_not_among_the_urls()
    {
        using var front = sample.Application.CreateHttpClient("front", "http");

        var environment = await front.GetFromJsonAsync<Dictionary<string, string>>("/environment", Cancellation);

        Assert.True(int.TryParse(environment!["ADMIN_PORT"], out var port));
        Assert.DoesNotContain(port.ToString(System.Globalization.CultureInfo.InvariantCulture), environment["ASPNETCORE_URLS"], StringComparison.Ordinal);
        Assert.DoesNotContain(";", environment["ASPNETCORE_URLS"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_share_one_address_and_differ_in_their_instance()
    {
        var instances = new HashSet<string>();
        for (var i = 0; i < 50 && instances.Count < 2; i++)
        {
            using var api = new HttpClient { BaseAddress = sample.Application.GetEndpoint("api") }; // a connection of its own: the proxy spreads connections
            instances.Add((await api.GetFromJsonAsync<Dictionary<string, string>>("/environment", Cancellation))!["OTEL_RESOURCE_ATTRIBUTES"]);
        }

        Assert.Equal(2, instances.Count);
    }

    [Fact]
    public void A_declared_port_is_replaced_by_a_free_one() => Assert.NotEqual(5611, sample.Application.GetEndpoint("front", "http").Port);

    [Fact]
    public async Task A_connection_string_leads_to_the_process()
    {
        var connection = await sample.Application.GetConnectionStringAsync("redis", Cancellation);

        var parts = connection!.Split(':');
        using var client = new TcpClient();
        await client.ConnectAsync(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), Cancellation);
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), Cancellation);
        var answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer, Cancellation);
        Assert.Equal("+PONG\r\n", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public void What_does_not_exist_is_named()
    {
        Assert.Contains("nobody", Assert.Throws<ArgumentException>(() => sample.Application.GetEndpoint("nobody")).Message, StringComparison.Ordinal);
        Assert.Contains("nothing", Assert.Throws<ArgumentException>(() => sample.Application.GetEndpoint("front", "nothing")).Message, StringComparison.Ordinal);
        Assert.Contains("greeting", Assert.Throws<ArgumentException>(() => sample.Application.CreateHttpClient("greeting")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_with_explicit_start_waits_for_its_command()
    {
        Assert.True(sample.Application.ResourceNotifications.TryGetCurrentState("later", out var state) || state is null);
        var result = await sample.Application.ResourceCommands.ExecuteCommandAsync("later", KnownResourceCommands.StartCommand, Cancellation);

        Assert.True(result.Success, result.Message);
        await sample.Application.ResourceNotifications.WaitForResourceAsync("later", KnownResourceStates.Running, Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    [Fact]
    public async Task An_http_command_reaches_the_resource()
    {
        var result = await sample.Application.ResourceCommands.ExecuteCommandAsync("front", "echo", Cancellation);

        Assert.True(result.Success, result.Message);
    }
}
