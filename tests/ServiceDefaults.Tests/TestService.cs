using Microsoft.AspNetCore.Builder;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests;

/// <summary>The smallest service that has the defaults.</summary>
internal static class TestService
{
    public static Task<ServiceHost> StartAsync(Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null) =>
        ServiceHost.StartAsync((args, settings) => Build(args, settings, map), configure);

    private static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure, Action<WebApplication>? map)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        return app;
    }
}
