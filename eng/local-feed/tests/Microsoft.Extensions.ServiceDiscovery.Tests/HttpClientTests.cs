using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlAspire.LocalFeed.Microsoft.Extensions.ServiceDiscovery.Tests;

public sealed class HttpClientTests
{
    [Theory]
    [InlineData("http://store/things?x=1")]
    [InlineData("https+http://store/things?x=1")]
    [InlineData("http://_named.store/things?x=1")]
    public async Task Request_goes_to_the_configured_endpoint_and_keeps_its_own_address(string address)
    {
        await using var store = await StartAsync();
        var client = Client(new() { ["services:store:http:0"] = store.Urls.First(), ["services:store:named:0"] = store.Urls.First() });
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        using var response = await client.SendAsync(request);

        Assert.Equal($"/things?x=1 {new Uri(store.Urls.First()).Authority}", await response.Content.ReadAsStringAsync());
        Assert.Equal(new Uri(address), request.RequestUri);
    }

    [Fact]
    public async Task Path_of_the_endpoint_comes_before_the_path_of_the_request()
    {
        await using var store = await StartAsync();
        var client = Client(new() { ["services:store:http:0"] = $"{store.Urls.First()}/base/" });
        Assert.StartsWith("/base/things ", await client.GetStringAsync("http://store/things"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_take_turns()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var client = Client(new() { ["services:store:http:0"] = first.Urls.First(), ["services:store:http:1"] = second.Urls.First() });
        var answers = new List<string>();
        for (var call = 0; call < 6; call++)
        {
            answers.Add(await client.GetStringAsync("http://store/"));
        }

        Assert.Equal([3, 3], answers.GroupBy(answer => answer).Select(group => group.Count()));
    }

    private static HttpClient Client(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient("any");
    }

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapFallback((HttpRequest request) => $"{request.Path}{request.QueryString} {request.Host}");
        await app.StartAsync();
        return app;
    }
}
