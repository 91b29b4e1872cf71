using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class LoggingTests
{
    [Theory]
    [InlineData("Production", null, "mlaspire-json")]
    [InlineData("Development", null, "mlaspire-text")]
    [InlineData("Development", "json", "mlaspire-json")]
    [InlineData("Production", "text", "mlaspire-text")]
    public async Task Format_follows_the_environment_unless_it_is_set_and_never_what_Aspire_sets(string environment, string? format, string formatter)
    {
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Environment.EnvironmentName = environment;
            builder.UseSetting("Logging:Console:FormatterName", "simple").UseSetting("Logging:Format", format);
        });
        Assert.Equal(formatter, Assert.Single(service.Services.GetServices<ILoggerProvider>().OfType<ConsoleLineProvider>()).Formatter.Name);
    }

    [Fact]
    public async Task Unknown_format_is_refused_by_name()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(builder => builder.UseSetting("Logging:Format", "xml")));
        Assert.Equal("Logging:Format must be json or text, not 'xml'.", refused.Message);
    }

    [Fact]
    public async Task Debug_is_off_until_configuration_says_otherwise_while_running()
    {
        await using var service = await TestService.StartAsync();
        var logger = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("MlAspire.Anything");
        Assert.Equal((true, false), (logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Debug)));

        service.App.Configuration["Logging:LogLevel:MlAspire"] = "Debug";
        ((Microsoft.Extensions.Configuration.IConfigurationRoot)service.App.Configuration).Reload();

        Assert.True(logger.IsEnabled(LogLevel.Debug));
    }
}
