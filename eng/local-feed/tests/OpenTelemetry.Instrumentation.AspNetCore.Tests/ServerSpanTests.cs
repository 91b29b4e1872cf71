using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;

namespace MlAspire.LocalFeed.OpenTelemetry.Instrumentation.AspNetCore.Tests;

// Expected values: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and the package's public API.
[Collection("one at a time: every provider of the process hears every host")]
public sealed class ServerSpanTests
{
    [Fact]
    public async Task Span_of_a_request_has_the_name_tags_and_parent_of_the_conventions()
    {
        await using var service = await TracedService.StartAsync(app => app.MapGet("/flights/{id}", (int id) => id));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/flights/7?key=secret&other=x&flag")
        {
            Headers = { { "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }, { "tracestate", "v=1" }, { "User-Agent", "test/1" } },
        };

        await service.Client.SendAsync(request);

        var span = await service.NextSpanAsync();
        Assert.Equal(("GET /flights/{id}", ActivityKind.Server, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "v=1"), (span.TraceId.ToString(), span.ParentSpanId.ToString(), span.TraceStateString));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["http.request.method"] = "GET",
                ["http.response.status_code"] = 200,
                ["http.route"] = "/flights/{id}",
                ["network.protocol.version"] = "1.1",
                ["server.address"] = "127.0.0.1",
                ["server.port"] = service.Client.BaseAddress!.Port,
                ["url.path"] = "/flights/7",
                ["url.query"] = "?key=Redacted&other=Redacted&flag",
                ["url.scheme"] = "http",
                ["user_agent.original"] = "test/1",
            },
            span.TagObjects.OrderBy(tag => tag.Key, StringComparer.Ordinal).ToDictionary());
    }

    [Fact]
    public async Task Span_without_a_route_is_named_by_the_method_and_404_is_no_error()
    {
        await using var service = await TracedService.StartAsync(_ => { });
        await service.Client.GetAsync("/nothing");
        var span = await service.NextSpanAsync();
        Assert.Equal(("GET", 404, ActivityStatusCode.Unset), (span.DisplayName, span.GetTagItem("http.response.status_code"), span.Status));
        Assert.Null(span.GetTagItem("http.route"));
    }

    [Fact]
    public async Task Unknown_method_is_OTHER_with_the_original_beside_it()
    {
        await using var service = await TracedService.StartAsync(app => app.Map("/x", () => "x"));
        await service.Client.SendAsync(new HttpRequestMessage(new HttpMethod("BREW"), "/x"));
        var span = await service.NextSpanAsync();
        Assert.Equal(("HTTP /x", "_OTHER", "BREW"), (span.DisplayName, span.GetTagItem("http.request.method"), span.GetTagItem("http.request.method_original")));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Unhandled_exception_is_an_error_and_an_event_when_asked_for(bool record, int events)
    {
        await using var service = await TracedService.StartAsync(
            app => app.MapGet("/crash", string () => throw new InvalidOperationException("why")), options => options.RecordException = record);

        await service.Client.GetAsync("/crash");

        var span = await service.NextSpanAsync();
        Assert.Equal((ActivityStatusCode.Error, "System.InvalidOperationException", 500), (span.Status, span.GetTagItem("error.type"), span.GetTagItem("http.response.status_code")));
        Assert.Equal(events, span.Events.Count());
        Assert.All(span.Events, each => Assert.Equal(("exception", "why"), (each.Name, each.Tags.Single(tag => tag.Key == "exception.message").Value)));
    }

    [Fact]
    public async Task Answered_500_is_an_error_too()
    {
        await using var service = await TracedService.StartAsync(app => app.MapGet("/bad", () => Results.StatusCode(500)));
        await service.Client.GetAsync("/bad");
        Assert.Equal(ActivityStatusCode.Error, (await service.NextSpanAsync()).Status);
    }

    [Fact]
    public async Task Filtered_request_and_what_it_does_is_not_recorded_also_when_the_filter_throws()
    {
        using var source = new ActivitySource(TracedService.Source);
        await using var service = await TracedService.StartAsync(
            app => app.MapGet("/{name}", (string name) =>
            {
                using var child = source.StartActivity("child");
                return name;
            }),
            options => options.Filter = context => context.Request.Path.Value switch
            {
                "/skip" => false,
                "/throw" => throw new InvalidOperationException(),
                _ => true,
            });

        await service.Client.GetAsync("/skip");
        await service.Client.GetAsync("/throw");
        await service.Client.GetAsync("/take");

        Assert.Equal(["child", "GET /{name}"], [(await service.NextSpanAsync()).DisplayName, (await service.NextSpanAsync()).DisplayName]);
    }

    [Fact]
    public async Task Span_is_enriched_from_request_response_and_exception_and_survives_an_enrichment_that_throws()
    {
        await using var service = await TracedService.StartAsync(app => app.MapGet("/crash", string () => throw new InvalidOperationException("why")), options =>
        {
            options.EnrichWithHttpRequest = (span, request) => span.SetTag("from.request", request.Path.Value);
            options.EnrichWithHttpResponse = (_, _) => throw new InvalidOperationException("enrichment");
            options.EnrichWithException = (span, exception) => span.SetTag("from.exception", exception.Message);
        });

        await service.Client.GetAsync("/crash");

        var span = await service.NextSpanAsync();
        Assert.Equal(("/crash", "why", 500), (span.GetTagItem("from.request"), span.GetTagItem("from.exception"), span.GetTagItem("http.response.status_code")));
    }

    [Fact]
    public async Task Baggage_of_the_caller_is_current_in_the_request()
    {
        await using var service = await TracedService.StartAsync(app => app.MapGet("/", () => Baggage.GetBaggage("tenant")));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "baggage", "tenant=acme" } } };
        Assert.Equal("acme", await (await service.Client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Nothing_is_recorded_after_the_provider_is_gone()
    {
        var filtered = 0;
        await using (await TracedService.StartAsync(_ => { }, options => options.Filter = _ => Interlocked.Increment(ref filtered) > 0))
        {
        }

        await using var service = await TracedService.StartAsync(app => app.MapGet("/", () => "x"));
        await service.Client.GetAsync("/");
        await service.NextSpanAsync();
        Assert.Equal(0, filtered);
    }
}
