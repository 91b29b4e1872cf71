using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlAspire.Testing;

/// <summary>A service run for real in this process: Kestrel on a free port, its logs recorded.</summary>
/// <example><c>await using var gateway = await ServiceHost.StartAsync(GatewayApp.Build, builder => builder.UseSetting("Audit:Directory", path));</c></example>
public sealed class ServiceHost : IAsyncDisposable
{
    private ServiceHost(WebApplication app, RecordedLogs logs)
    {
        App = app;
        Logs = logs;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    public WebApplication App { get; }

    public RecordedLogs Logs { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => App.Services;

    /// <param name="build">The service's <c>XApp.Build</c>: arguments, and a callback that must be called before the services are built.</param>
    /// <param name="configure">The test's own settings and replacements (a clock, for example).</param>
    public static async Task<ServiceHost> StartAsync(
        Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, Action<WebApplicationBuilder>? configure = null)
    {
        var logs = new RecordedLogs();
        var app = build(["--urls", "http://127.0.0.1:0"], builder =>
        {
            builder.UseSetting("Logging:Console:LogLevel:Default", "None"); // the recorded ones are asserted; stdout is the test run's
            builder.Logging.AddProvider(logs);
            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new ServiceHost(app, logs);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Logs.Dispose();
    }
}

/// <summary>Settings of a hosted service, in the words of a test.</summary>
public static class ServiceHostSettings
{
    /// <summary>Sets one configuration value, over all other sources.</summary>
    public static WebApplicationBuilder UseSetting(this WebApplicationBuilder builder, string key, string? value)
    {
        builder.Configuration.AddInMemoryCollection([new(key, value)]);
        return builder;
    }

    /// <summary>Tells the service where another one is, as AppHost does.</summary>
    public static WebApplicationBuilder UseService(this WebApplicationBuilder builder, string name, Uri address) =>
        builder.UseSetting($"services:{name}:http:0", address.ToString());

    /// <summary>Replaces the clock.</summary>
    public static WebApplicationBuilder UseTime(this WebApplicationBuilder builder, TimeProvider time)
    {
        builder.Services.AddSingleton(time);
        return builder;
    }
}
