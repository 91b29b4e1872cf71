using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class StartLogTests
{
    [Fact]
    public async Task A_service_that_takes_requests_has_said_so_once_and_where()
    {
        await using var host = await TestService.StartAsync();

        var started = Assert.Single(host.Logs.Named("application_started"));

        Assert.Equal((LogLevel.Information, host.App.Urls.Single()), (started.Level, started.Fields["Addresses"]));
    }

    [Fact]
    public async Task A_service_that_is_told_to_end_says_so_once()
    {
        var host = await TestService.StartAsync();
        var logs = host.Logs;
        Assert.Empty(logs.Named("application_stopping"));

        await host.DisposeAsync();

        Assert.Equal(LogLevel.Information, Assert.Single(logs.Named("application_stopping")).Level);
    }
}
