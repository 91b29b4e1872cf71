using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>What a stand-in was asked.</summary>
internal sealed record Asked(string Method, string Path, IHeaderDictionary Headers, byte[] Body)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;
}

/// <summary>A real HTTP server on a free port that speaks another service's wire contract; the test says how it answers.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication app;

    private StandIn(WebApplication app) => this.app = app;

    public ConcurrentQueue<Asked> Requests { get; } = new();

    public required Func<Asked, HttpResponse, Task> Answer { get; set; }

    public Uri Address => new(app.Urls.First());

    public static async Task<StandIn> StartAsync(Func<Asked, HttpResponse, Task> answer)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Services.AddSingleton(new ActivitySource(nameof(StandIn))); // of its own, so that the gateway does not tell of its requests
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var standIn = new StandIn(app) { Answer = answer };
        app.Run(standIn.ServeAsync);
        await app.StartAsync();
        return standIn;
    }

    /// <summary>The status and some of the answer arrive, and the connection ends: Kestrel closes it when less comes than was promised.</summary>
    public static Task DieInAnswerAsync(HttpResponse response)
    {
        response.ContentLength = 100;
        return response.WriteAsync("half");
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = new HeaderDictionary(context.Request.Headers.ToDictionary());
        var asked = new Asked(context.Request.Method, context.Request.Path + context.Request.QueryString, headers, body.ToArray());
        Requests.Enqueue(asked);
        await Answer(asked, context.Response);
    }
}
