using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Tests.Configuration;

public sealed class CheckedOptionsTests
{
    [Fact]
    public async Task A_key_that_is_not_known_stops_the_start_and_is_named()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(shared: false, ("Cache:Rows", "3"), ("Cache:Rosw", "4")));

        Assert.Contains("Rosw", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shared_section_may_hold_the_keys_of_others()
    {
        Assert.Equal(3, await StartAsync(shared: true, ("Cache:Rows", "3"), ("Cache:OfAnotherService", "4")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_value_that_the_validator_refuses_stops_the_start(bool shared)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(shared, ("Cache:Rows", "0")));

        Assert.Equal(["Rows must be at least 1"], error.Failures);
    }

    private static async Task<int> StartAsync(bool shared, params (string Key, string Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration.Select(c => KeyValuePair.Create(c.Key, (string?)c.Value)));
        builder.AddCheckedOptions<CacheOptions, CacheOptionsValidator>("Cache", (from, options, how) => from.Bind(options, how), shared);
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
        return host.Services.GetRequiredService<IOptions<CacheOptions>>().Value.Rows;
    }

    private sealed class CacheOptions
    {
        public int Rows { get; set; } = 1;
    }

    private sealed class CacheOptionsValidator : IValidateOptions<CacheOptions>
    {
        public ValidateOptionsResult Validate(string? name, CacheOptions options) =>
            options.Rows >= 1 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail("Rows must be at least 1");
    }
}
