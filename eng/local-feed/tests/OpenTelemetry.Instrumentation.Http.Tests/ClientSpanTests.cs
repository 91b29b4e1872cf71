using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace MlAspire.LocalFeed.OpenTelemetry.Instrumentation.Http.Tests;

// Expected values: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and the package's public API.
public sealed class ClientSpanTests : IAsyncLifetime
{
    private readonly WebApplication app = Service();
    private readonly ConcurrentQueue<Activity> spans = new();
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await app.StartAsync();
        client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task Call_is_a_client_span_and_its_id_and_baggage_arrive()
    {
        using var provider = Provider();
        Baggage.SetBaggage("tenant", "acme");

        var arrived = await client.GetStringAsync("/headers?key=secret");

        var span = Assert.Single(spans);
        Assert.Equal((ActivityKind.Client, "GET", "GET"), (span.Kind, span.DisplayName, span.GetTagItem("http.request.method")));
        Assert.Equal(("127.0.0.1", app.Urls.Select(url => new Uri(url).Port).Single(), 200), (span.GetTagItem("server.address"), span.GetTagItem("server.port"), span.GetTagItem("http.response.status_code")));
        Assert.DoesNotContain("secret", (string?)span.GetTagItem("url.full"), StringComparison.Ordinal);
        Assert.Equal($"00-{span.TraceId}-{span.SpanId}-01|tenant=acme", arrived);
    }

    [Fact]
    public async Task Failed_call_is_an_error_span()
    {
        using var provider = Provider(options => options.RecordException = true);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://127.0.0.1:1/"));
        var span = Assert.Single(spans);
        Assert.Equal((ActivityStatusCode.Error, "connection_error"), (span.Status, span.GetTagItem("error.type")));
        Assert.Contains(span.Events, each => each.Name == "exception");
    }

    [Fact]
    public async Task Filtered_call_is_not_recorded_also_when_the_filter_throws()
    {
        using var provider = Provider(options => options.FilterHttpRequestMessage = request => request.RequestUri!.AbsolutePath switch
        {
            "/skip" => false,
            "/throw" => throw new InvalidOperationException(),
            _ => true,
        });
        foreach (var path in new[] { "/skip", "/throw", "/headers" })
        {
            await client.GetAsync(path);
        }

        Assert.EndsWith("/headers", (string?)Assert.Single(spans).GetTagItem("url.full"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Span_is_enriched_from_request_response_and_exception()
    {
        using var provider = Provider(options =>
        {
            options.EnrichWithHttpRequestMessage = (span, request) => span.SetTag("request", request.RequestUri!.AbsolutePath);
            options.EnrichWithHttpResponseMessage = (span, response) => span.SetTag("response", (int)response.StatusCode);
            options.EnrichWithException = (span, exception) => span.SetTag("exception", exception.GetType().Name);
        });
        await client.GetAsync("/headers");
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://127.0.0.1:1/gone"));
        Assert.Equal([("/headers", 200, null), ("/gone", null, "HttpRequestException")],
            spans.Select(span => ((string?)span.GetTagItem("request"), (int?)span.GetTagItem("response"), (string?)span.GetTagItem("exception"))));
    }

    [Fact]
    public async Task Calls_are_measured_by_the_meter_of_the_runtime()
    {
        var names = new Names();
        using var provider = Sdk.CreateMeterProviderBuilder().AddHttpClientInstrumentation().AddReader(new BaseExportingMetricReader(names)).Build();
        await client.GetAsync("/headers");
        provider.ForceFlush();
        Assert.Contains("http.client.request.duration", names.Seen);
    }

    private static WebApplication Service()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/{path}", (HttpRequest request) => $"{request.Headers["traceparent"]}|{request.Headers["baggage"]}");
        return app;
    }

    private TracerProvider Provider(Action<HttpClientTraceInstrumentationOptions>? configure = null) =>
        Sdk.CreateTracerProviderBuilder().AddHttpClientInstrumentation(configure).AddProcessor(new Spans(spans)).Build();

    private sealed class Spans(ConcurrentQueue<Activity> ended) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => ended.Enqueue(data);
    }

    private sealed class Names : BaseExporter<Metric>
    {
        public HashSet<string> Seen { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                Seen.Add(metric.Name);
            }

            return ExportResult.Success;
        }
    }
}
