using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>The spans of predictions through the real services, heard in their process. <c>TRACES</c> says how many with failures and retries (default 1,000).</summary>
public sealed class TraceTests : IDisposable
{
    private const string Predict = "POST /v1/models/{name}/predict";
    private const string Online = "POST /v1/features/online";
    private const string Infer = "POST /v2/models/{model}/infer";
    private const string Call = "POST";
    private const string Model = "flight-delay-request-only"; // answers while the store is empty

    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new() { ShouldListenTo = _ => true, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task A_prediction_has_these_spans_each_under_its_parent_in_the_callers_trace()
    {
        await using var services = await RunningServices.StartAsync();
        var trace = ActivityTraceId.CreateRandom();

        await services.PredictAsync("one", ("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));

        var all = await Eventually.ValueAsync("the whole trace", () => Task.FromResult(Of(trace) is { Length: 13 } whole ? whole : null));
        Assert.Equal(
            new[]
            {
                $"00f067aa0ba902b7 > {Predict}",
                $"{Predict} > route", $"{Predict} > features.fetch", $"{Predict} > preprocess", $"{Predict} > infer", $"{Predict} > postprocess", $"{Predict} > audit.commit",
                $"features.fetch > {Call}", $"{Call} > {Online}", $"{Online} > features.online_read",
                $"infer > {Call}", $"{Call} > {Infer}", $"{Infer} > session.run",
            }.Order(),
            all.Select(span => $"{all.FirstOrDefault(parent => parent.SpanId == span.ParentSpanId)?.DisplayName ?? span.ParentSpanId.ToHexString()} > {span.DisplayName}").Order());
        AssertSpan(Predict, ActivityKind.Server, ("http.request.method", "POST"), ("http.route", "/v1/models/{name}/predict"), ("http.response.status_code", 200), ("url.scheme", "http"), ("correlation_id", "one"), ("ml.model.name", Model), ("ml.model.version", "1"), ("ml.route", "fallback"), ("ml.rows", 1));
        AssertSpan(Online, ActivityKind.Server, ("http.response.status_code", 200), ("correlation_id", "one"));
        AssertSpan(Infer, ActivityKind.Server, ("http.response.status_code", 200), ("correlation_id", "one"), ("ml.model.name", Model), ("ml.model.version", "1"));
        AssertSpan("session.run", ActivityKind.Internal, ("ml.model.name", Model), ("ml.batch.size", 1L));
        AssertSpan("features.online_read", ActivityKind.Client, ("db.system.name", "redis"));

        void AssertSpan(string name, ActivityKind kind, params (string Key, object Value)[] attributes)
        {
            var span = Assert.Single(all, span => span.DisplayName == name);
            Assert.Equal(kind, span.Kind);
            Assert.All(attributes, attribute => Assert.Equal(attribute.Value, span.GetTagItem(attribute.Key)));
        }
    }

    [Fact]
    public async Task Of_many_traces_with_failures_and_retries_no_span_has_lost_its_parent()
    {
        var requests = int.Parse(Environment.GetEnvironmentVariable("TRACES") ?? "1000", CultureInfo.InvariantCulture);
        await using var services = await RunningServices.StartAsync(configure: (name, builder) => Fault.AddTo(builder, name, TimeSpan.Zero));
        string[] kinds = ["quiet", "quiet", "quiet", "error-feature-store", "quiet", "quiet", "error-inference", "quiet", "quiet", "quiet"];

        await Parallel.ForEachAsync(Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) => await services.PredictAsync($"{kinds[number % 10]}-orphan-{number}"));

        var traces = await Eventually.ValueAsync("every span to have its parent", () => Task.FromResult(Traces("-orphan-") is var all && all.Count == requests && all.All(trace => Orphans(trace).Length == 0) ? all : null));
        Assert.True(traces.Max(trace => trace.Count(span => span.DisplayName == Online)) > 1, "nothing was tried again");
        Assert.All(traces, trace => Assert.Single(trace, span => span.ParentSpanId == default));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    public async Task What_the_caller_decided_about_the_trace_holds_in_every_service(string flags)
    {
        await using var services = await RunningServices.StartAsync();
        var trace = ActivityTraceId.CreateRandom();

        Assert.Equal(HttpStatusCode.OK, await services.PredictAsync("one", ("traceparent", $"00-{trace}-00f067aa0ba902b7-{flags}")));

        foreach (var service in RunningServices.Passed)
        {
            var lines = (await services.LinesOfRequestsAsync(service, "one")).Where(line => (string?)line["correlation_id"] == "one");
            Assert.All(lines, line => Assert.Equal((trace.ToHexString(), flags), ((string?)line["trace_id"], (string?)line["trace_flags"])));
        }
    }

    /// <summary>Those of the requests with this in their id whose gateway is done.</summary>
    private List<Activity[]> Traces(string id)
    {
        var mine = spans.Where(span => span.DisplayName == Predict && ((string?)span.GetTagItem("correlation_id"))?.Contains(id, StringComparison.Ordinal) == true).Select(span => span.TraceId).ToHashSet();
        return [.. spans.Where(span => mine.Contains(span.TraceId)).GroupBy(span => span.TraceId).Select(trace => trace.ToArray())];
    }

    private static Activity[] Orphans(Activity[] trace) => [.. trace.Where(span => span.ParentSpanId != default && trace.All(parent => parent.SpanId != span.ParentSpanId))];

    private Activity[] Of(ActivityTraceId trace) => [.. spans.Where(span => span.TraceId == trace)];
}
