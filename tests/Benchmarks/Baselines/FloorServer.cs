using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlAspire.Benchmarks.Baselines;

/// <summary>The least that a POST can cost in Kestrel: routed, its body read and thrown away, an empty 200. No logs, no metrics, no spans.</summary>
internal static class FloorServer
{
    public static WebApplication Build(string url, string route = "/v2/models/{model}/infer")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost(route, DrainAsync);
        return app;
    }

    private static async Task DrainAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                context.Response.ContentLength = 0;
                return;
            }
        }
    }
}
