using Microsoft.AspNetCore.Builder;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests;

/// <summary>The smallest service that has the defaults.</summary>
internal static class TestService
{
    /// <param name="arguments">Settings that must be there before the defaults are added, as the environment's are: <c>--KEY=value</c>.</param>
    public static Task<ServiceHost> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, params string[] arguments) =>
        ServiceHost.StartAsync((args, settings) => Build([.. args, .. arguments], settings, map), configure);

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
