using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.Telemetry.Tests;

/// <summary>Who uses the system is in its telemetry by a pseudonym, and by nothing else.</summary>
public sealed class SubjectTests
{
    private const string User = "USER7Q4711";
    private const string Session = "SESSION7Q4711";
    private const string ForgedPseudonym = "ffffffffffffffffffffffffffffffff";

    [Fact]
    public async Task A_sessions_inferences_are_found_by_its_pseudonym_in_spans_and_lines_of_every_service_and_no_sink_has_the_ids()
    {
        var received = new ConcurrentQueue<byte[]>();
        await using var collector = await CollectorAsync(received);
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = _ => true, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
        await using var services = await RunningServices.StartAsync(
            LogLevel.Information, configure: null, $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Urls.First()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=50", "--OTEL_BLRP_SCHEDULE_DELAY=50", "--OTEL_METRIC_EXPORT_INTERVAL=50");

        await services.PredictAsync("theirs", ("x-user-id", User), ("x-session-id", Session), ("x-user-pseudonym", ForgedPseudonym));
        await services.PredictAsync("again", ("x-session-id", Session));
        await services.PredictAsync("others", ("x-session-id", "another"));
        await services.PredictAsync("nobodys", ("x-session-pseudonym", ForgedPseudonym));

        var (_, session) = await PseudonymsAsync(services, RunningServices.Gateway, "theirs");
        Assert.Matches("^[0-9a-f]{32}$", session);
        foreach (var service in RunningServices.Passed)
        {
            Assert.Equal(await PseudonymsAsync(services, RunningServices.Gateway, "theirs"), await PseudonymsAsync(services, service, "theirs"));
            Assert.Equal((null, session), await PseudonymsAsync(services, service, "again"));
            Assert.NotEqual(session, (await PseudonymsAsync(services, service, "others")).Session);
            Assert.Equal((null, null), await PseudonymsAsync(services, service, "nobodys"));
        }

        string[] traces = [.. (await services.LinesOfRequestsAsync(RunningServices.Gateway)).Where(line => (string?)line["correlation_id"] is "theirs" or "again").Select(line => (string)line["trace_id"]!).Distinct()];
        var found = spans.Where(span => (string?)span.GetTagItem("session.pseudo.id") == session && span.OperationName == "session.run").Select(span => span.TraceId.ToHexString());
        Assert.Equal(traces.Order(), found.Order());

        await Eventually.TrueAsync("the spans of the session to be exported", () => Text(received).Contains(session!, StringComparison.Ordinal));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(services.Redis.ConnectionString);
        var stream = (await redis.GetDatabase().StreamRangeAsync("predictions")).SelectMany(entry => entry.Values).Select(value => (string?)value.Value);
        var everything = Text(received) + string.Join('\n', RunningServices.All.SelectMany(services.Lines).Concat(stream)) + services.Audit;
        Assert.Contains("prediction_audit", everything, StringComparison.Ordinal);
        Assert.All([User, Session, ForgedPseudonym], id => Assert.DoesNotContain(id, everything, StringComparison.Ordinal));
    }

    private static async Task<(string? User, string? Session)> PseudonymsAsync(RunningServices services, string service, string id) =>
        (await services.LinesOfRequestsAsync(service, id)).Where(line => (string?)line["correlation_id"] == id).Select(line => ((string?)line["enduser_pseudo_id"], (string?)line["session_pseudo_id"])).Distinct().Single();

    private static async Task<WebApplication> CollectorAsync(ConcurrentQueue<byte[]> received)
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Enqueue(body.ToArray());
        });
        await app.StartAsync();
        return app;
    }

    private static string Text(IEnumerable<byte[]> received) => string.Concat(received.Select(Encoding.Latin1.GetString));
}
