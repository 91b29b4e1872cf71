using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace MlAspire.ServiceDefaults.Tests.Detail;

public sealed partial class LogDetailProcessorTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<string> exported = [];
    private readonly List<(ActivityTraceId, ActivitySpanId, string? Scope, string? What)> around = [];
    private readonly RecordedMetrics metrics;
    private readonly ILoggerFactory factory;
    private readonly ILogger log;

    public LogDetailProcessorTests()
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        metrics = new RecordedMetrics(meters);
        var flow = new TelemetryFlow(meters).Of(TelemetryFlow.Logs, TelemetryFlow.Otlp);
        factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.AddProcessor(new LogDetailProcessor(new SimpleLogRecordExportProcessor(new CountedExporter<LogRecord>(new Exporter(exported, around), 0, flow)), category => factory!.CreateLogger(category), flow));
        }));
        log = factory.CreateLogger("MlAspire.Work");
    }

    public void Dispose()
    {
        factory.Dispose();
        metrics.Dispose();
        services.Dispose();
    }

    [Fact]
    public void Of_a_request_without_a_verdict_its_one_line_goes_on_and_at_the_verdict_all_in_their_order()
    {
        Did(log, "before any request");
        var detail = new RequestDetail(8);
        detail.Enter(server: null);
        Did(log, "1");
        Did(log, "2");
        Completed(log);
        Assert.Equal(["Did before any request", "Completed"], exported);
        Assert.Equal((4, 2, 2), (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.in_flight")));

        Warned(log);
        Did(log, "3");

        Assert.Equal(["Did before any request", "Completed", "Did 1", "Did 2", "Warned", "Did 3"], exported);
        Assert.Equal((6, 6, 0), (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.in_flight")));
    }

    [Fact]
    public void A_line_that_was_held_is_told_with_what_was_around_it_when_it_was_written()
    {
        var detail = new RequestDetail(8);
        using var span = new Activity("then").Start();
        detail.Enter(server: null);
        using (log.BeginScope(new Dictionary<string, object?> { ["around"] = "then" }))
        {
            Did(log, "1");
        }

        span.Stop();
        using var now = new Activity("now").Start();
        using (log.BeginScope(new Dictionary<string, object?> { ["around"] = "now" }))
        {
            detail.Keep("error");
        }

        Assert.Equal((span.TraceId, span.SpanId, "then", "1"), Assert.Single(around));
    }

    [Fact]
    public void Of_more_lines_than_are_held_the_oldest_are_dropped()
    {
        var detail = new RequestDetail(2);
        detail.Enter(server: null);
        Did(log, "1");
        Did(log, "2");
        Did(log, "3");
        detail.Keep("slow");

        Assert.Equal(["Did 2", "Did 3"], exported);
        Assert.Equal((3, 2, 1), (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.dropped")));
    }

    [Fact]
    public void Of_a_request_that_is_not_worth_it_its_one_line_alone_goes_on()
    {
        var detail = new RequestDetail(8);
        detail.Enter(server: null);
        detail.Discard();
        Did(log, "1");
        Completed(log);

        Assert.Equal(["Completed"], exported);
        Assert.Equal((2, 1, 1), (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.sampled")));
    }

    private double Of(string name) => metrics.Now(name, ("signal", "logs"), ("sink", "otlp"));

    [LoggerMessage(EventName = "did", Level = LogLevel.Information, Message = "Did {What}")]
    private static partial void Did(ILogger log, string what);

    [LoggerMessage(EventName = "warned", Level = LogLevel.Warning, Message = "Warned")]
    private static partial void Warned(ILogger log);

    [LoggerMessage(EventName = TelemetryNames.Events.RequestCompleted, Level = LogLevel.Information, Message = "Completed")]
    private static partial void Completed(ILogger log);

    private sealed class Exporter(List<string> exported, List<(ActivityTraceId, ActivitySpanId, string?, string?)> around) : BaseExporter<LogRecord>
    {
        public override ExportResult Export(in Batch<LogRecord> batch)
        {
            foreach (var record in batch)
            {
                exported.Add(record.FormattedMessage!);
                var scopes = new List<KeyValuePair<string, object?>>();
                record.ForEachScope(static (scope, all) => all.AddRange((IEnumerable<KeyValuePair<string, object?>>)scope.Scope!), scopes);
                around.Add((record.TraceId, record.SpanId, scopes.SingleOrDefault().Value as string, record.Attributes!.FirstOrDefault(each => each.Key == "What").Value as string));
            }

            return ExportResult.Success;
        }
    }
}
