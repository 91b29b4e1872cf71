using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Trace;

namespace MlAspire.LocalFeed.OpenTelemetry.Instrumentation.AspNetCore.Tests;

/// <summary>A Kestrel on a free port whose spans arrive as an exporter would get them.</summary>
internal sealed class TracedService : IAsyncDisposable
{
    public const string Source = "stand-in-tests";

    private readonly WebApplication app;
    private readonly Spans spans;

    private TracedService(WebApplication app, Spans spans)
    {
        (this.app, this.spans) = (app, spans);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => app.Services;

    public static async Task<TracedService> StartAsync(Action<WebApplication> map, Action<AspNetCoreTraceInstrumentationOptions>? configure = null)
    {
        var spans = new Spans();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(Source).AddAspNetCoreInstrumentation(configure).AddProcessor(spans));
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new TracedService(app, spans);
    }

    public async Task<Activity> NextSpanAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await spans.Ended.Reader.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    private sealed class Spans : BaseProcessor<Activity>
    {
        public Channel<Activity> Ended { get; } = Channel.CreateUnbounded<Activity>();

        public override void OnEnd(Activity data) => Ended.Writer.TryWrite(data);
    }
}
