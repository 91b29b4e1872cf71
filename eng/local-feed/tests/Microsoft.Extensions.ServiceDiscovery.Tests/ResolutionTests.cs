using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;

namespace MlAspire.LocalFeed.Microsoft.Extensions.ServiceDiscovery.Tests;

// Expected values: the package's README and public sources (dotnet/extensions, 10.8).
public sealed class ResolutionTests
{
    [Theory]
    [InlineData("http://feature-store", "http://localhost:6566/")]
    [InlineData("https+http://feature-store", "http://localhost:6566/")]
    [InlineData("https+http://both", "https://localhost:2/")]
    [InlineData("http+https://both", "http://localhost:1/")]
    [InlineData("http://_grpc.inference", "http://localhost:8001/")]
    [InlineData("http://", null)]
    [InlineData("http://bare", "bare.example:99")]
    [InlineData("http://with-default", "http://localhost:5/")]
    [InlineData("http://unknown:81", "unknown:81")]
    [InlineData("http://127.0.0.1:82", "127.0.0.1:82")]
    [InlineData("feature-store", "feature-store:0")]
    public async Task Name_resolves_to_what_the_configuration_says_or_passes_through(string name, string? endpoint)
    {
        var resolver = Resolver(Settings());
        if (endpoint is null)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await resolver.GetEndpointsAsync(name, CancellationToken.None));
            return;
        }

        var source = await resolver.GetEndpointsAsync(name, CancellationToken.None);
        Assert.Equal(endpoint, Assert.Single(source.Endpoints).ToString());
    }

    [Fact]
    public async Task Endpoint_name_that_is_not_configured_passes_through_to_the_service_name()
    {
        var source = await Resolver(Settings()).GetEndpointsAsync("http://_admin.inference", CancellationToken.None);
        Assert.Equal("inference:80", Assert.Single(source.Endpoints).ToString());
    }

    [Fact]
    public async Task Only_allowed_schemes_are_taken()
    {
        var resolver = Resolver(Settings(), options =>
        {
            options.AllowAllSchemes = false;
            options.AllowedSchemes = ["http"];
        });
        Assert.Equal("http://localhost:1/", Assert.Single((await resolver.GetEndpointsAsync("https+http://both", CancellationToken.None)).Endpoints).ToString());
    }

    [Fact]
    public async Task Changed_configuration_is_followed()
    {
        var settings = Settings();
        var resolver = Resolver(settings);
        await resolver.GetEndpointsAsync("http://feature-store", CancellationToken.None);

        settings["services:feature-store:http:0"] = "http://localhost:7777";
        ((IConfigurationRoot)settings).Reload();

        Assert.Equal("http://localhost:7777/", Assert.Single((await resolver.GetEndpointsAsync("http://feature-store", CancellationToken.None)).Endpoints).ToString());
    }

    [Fact]
    public async Task Value_that_is_no_list_of_endpoints_is_refused()
    {
        var settings = Settings();
        settings["services:wrong:http:first"] = "http://localhost:1";
        await Assert.ThrowsAsync<KeyNotFoundException>(async () => await Resolver(settings).GetEndpointsAsync("http://wrong", CancellationToken.None));
    }

    internal static ConfigurationManager Settings()
    {
        var settings = new ConfigurationManager();
        settings.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["services:feature-store:http:0"] = "http://localhost:6566",
            ["services:both:http:0"] = "http://localhost:1",
            ["services:both:https:0"] = "https://localhost:2",
            ["services:inference:http:0"] = "http://localhost:8000",
            ["services:inference:grpc:0"] = "http://localhost:8001",
            ["services:bare:http"] = "bare.example:99",
            ["services:with-default:default:0"] = "http://localhost:5",
            ["services:with-default:http:0"] = "http://localhost:6",
        });
        return settings;
    }

    private static ServiceEndpointResolver Resolver(IConfiguration settings, Action<ServiceDiscoveryOptions>? configure = null) =>
        new ServiceCollection().AddSingleton(settings).AddServiceDiscovery(configure ?? (_ => { })).BuildServiceProvider().GetRequiredService<ServiceEndpointResolver>();
}
