using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlAspire.LocalFeed.Aspire.Hosting.Testing.Tests;

/// <summary>The sample AppHost, running whole: real DCP, real processes. One for all tests of a class.</summary>
public sealed class SampleApplication : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private IDistributedApplicationTestingBuilder? builder;
    private DistributedApplication? application;

    public DistributedApplication Application => application ?? throw new InvalidOperationException("The sample application has not started.");

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout);
        builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(timeout.Token);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        application = await builder.BuildAsync(timeout.Token);
        await application.StartAsync(timeout.Token);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("front", timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (application is not null)
        {
            await application.DisposeAsync();
        }

        if (builder is not null)
        {
            await builder.DisposeAsync();
        }
    }
}
