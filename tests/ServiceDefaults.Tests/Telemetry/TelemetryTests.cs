using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

public sealed class TelemetryTests
{
    public sealed class Behind(HttpClient http)
    {
        public Task<string> AskAsync() => http.GetStringAsync("/asked");
    }

    [Fact]
    public async Task Trace_goes_from_the_server_span_through_own_and_client_span_to_the_service_behind()
    {
        using var own = new ActivitySource(TelemetryNames.Sources.Gateway);
        var spans = new Spans();
        await using var behind = await TestService.StartAsync(spans.Record, app => app.MapGet("/asked", () => "yes"));
        await using var front = await TestService.StartAsync(
            builder =>
            {
                spans.Record(builder);
                builder.AddServiceClient<Behind>("behind");
                builder.UseService("behind", behind.Address);
            },
            app => app.MapGet("/ask/{id}", async (string id, Behind client) =>
            {
                using var span = own.StartActivity(TelemetryNames.Spans.FeaturesFetch);
                return await client.AskAsync();
            }));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ask/7?key=value") { Headers = { { "x-correlation-id", "c-1" } } };
        var root = ActivityTraceId.CreateRandom();
        request.Headers.Add("traceparent", $"00-{root}-00f067aa0ba902b7-01");

        using (SuppressInstrumentationScope.Begin())
        {
            // The test is the caller from outside: its own client span must not take the place of the given parent.
            await front.Client.SendAsync(request);
        }

        var server = await spans.NamedAsync("GET /ask/{id}", root);
        var fetch = await spans.NamedAsync("features.fetch", root);
        var client = await spans.OfKindAsync(ActivityKind.Client, root);
        var far = await spans.NamedAsync("GET /asked", root);
        Assert.Equal(["00f067aa0ba902b7", server.SpanId.ToString(), fetch.SpanId.ToString(), client.SpanId.ToString()],
            [server.ParentSpanId.ToString(), fetch.ParentSpanId.ToString(), client.ParentSpanId.ToString(), far.ParentSpanId.ToString()]);
        Assert.Equal(["c-1", "c-1"], [server.GetTagItem("correlation_id"), far.GetTagItem("correlation_id")]);
        Assert.Equal(200, far.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task Failure_that_was_answered_is_an_error_span_with_the_exception()
    {
        var spans = new Spans();
        await using var service = await TestService.StartAsync(spans.Record, app => app.MapGet("/crash", string () => throw new InvalidOperationException("why")));

        await service.Client.GetAsync("/crash");

        var span = await spans.NamedAsync("GET /crash");
        Assert.Equal((ActivityStatusCode.Error, "System.InvalidOperationException", (object)500), (span.Status, span.GetTagItem("error.type"), span.GetTagItem("http.response.status_code")!));
        Assert.Equal("why", Assert.Single(span.Events).Tags.Single(tag => tag.Key == "exception.message").Value);
    }

    [Fact]
    public async Task Health_calls_are_not_traced()
    {
        var spans = new Spans();
        await using var service = await TestService.StartAsync(spans.Record, app => app.MapGet("/after", () => "x"));
        await service.Client.GetAsync("/health/ready");
        await service.Client.GetAsync("/after");
        await spans.NamedAsync("GET /after");
        Assert.DoesNotContain(spans.All, span => ((string?)span.GetTagItem("url.path"))?.StartsWith("/health", StringComparison.Ordinal) == true && span.Recorded);
    }

    [Fact]
    public async Task Traces_logs_and_metrics_are_sent_to_the_configured_endpoint()
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await TestService.StartAsync(map: app => app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.AddOrUpdate(signal, _ => Text(body), (_, before) => before + Text(body));
            return Results.Ok();
        }));
        await using var service = await TestService.StartAsync(
            configure: null,
            app => app.MapGet("/hello", () => "x"),
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_SERVICE_NAME=tested-service",
            "--OTEL_BSP_SCHEDULE_DELAY=50", "--OTEL_BLRP_SCHEDULE_DELAY=50", "--OTEL_METRIC_EXPORT_INTERVAL=50");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hello") { Headers = { { "x-correlation-id", "c-otlp-1" } } };

        await service.Client.SendAsync(request);

        await Received("traces", "GET /hello", "c-otlp-1", "tested-service");
        await Received("logs", "request_completed", "c-otlp-1", "tested-service");
        await Received("metrics", "http.server.request.duration", "dotnet.", "tested-service");

        Task Received(string signal, params string[] texts) => Eventually.TrueAsync(
            $"{signal} with {string.Join(", ", texts)} to arrive", () => received.TryGetValue(signal, out var body) && texts.All(text => body.Contains(text, StringComparison.Ordinal)));
    }

    private static string Text(MemoryStream body) => System.Text.Encoding.Latin1.GetString(body.ToArray());

    /// <summary>Every span that a service ended, as an exporter would get it.</summary>
    private sealed class Spans : BaseProcessor<Activity>
    {
        private readonly ConcurrentQueue<Activity> ended = new();

        public IEnumerable<Activity> All => ended;

        public void Record(WebApplicationBuilder builder) => builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(this));

        public override void OnEnd(Activity data) => ended.Enqueue(data);

        public Task<Activity> NamedAsync(string name, ActivityTraceId? trace = null) =>
            Eventually.ValueAsync($"the span {name}", () => Task.FromResult(ended.FirstOrDefault(span => span.DisplayName == name && (trace is null || span.TraceId == trace))));

        public Task<Activity> OfKindAsync(ActivityKind kind, ActivityTraceId trace) =>
            Eventually.ValueAsync($"a {kind} span", () => Task.FromResult(ended.FirstOrDefault(span => span.Kind == kind && span.TraceId == trace && span.GetTagItem("url.full") is string url && url.EndsWith("/asked", StringComparison.Ordinal))));
    }
}
