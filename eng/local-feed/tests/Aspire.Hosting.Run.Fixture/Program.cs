using Aspire.Hosting;

if (args is ["host", ..])
{
    await KillableHost.RunAsync(args[1..]);
}
else
{
    await WebService.RunAsync(args);
}

/// <summary>An AppHost with one process; says on its output when it runs.</summary>
internal static class KillableHost
{
    public static Task RunAsync(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
        builder.AddExecutable("sleeper", "sleep", ".", builder.Configuration["Seconds"] ?? "600");
        return builder.Build().RunAsync();
    }
}

/// <summary>Answers who and what it is.</summary>
internal static class WebService
{
    public static Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var app = builder.Build();
        var broken = 0;
        app.MapGet("/", () => Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        app.MapGet("/environment/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "(none)");
        app.MapGet("/health", () => Results.StatusCode(Volatile.Read(ref broken) == 0 ? 200 : 503));
        app.MapPost("/break", () => Interlocked.Exchange(ref broken, 1));
        app.MapPost("/seed", () => Results.Text("3 rows"));
        return app.RunAsync();
    }
}
