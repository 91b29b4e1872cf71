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
            logs.AddProcessor(new LogDetailProcessor(new SimpleLogRecordExportProcessor(new CountedExporter<LogRecord>(new Exporter(exported), 0, flow)), flow));
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
    public void Of_a_request_without_a_verdict_its_warnings_and_its_one_line_go_on_and_after_it_all()
    {
        Did(log, "before any request");
        var detail = new RequestDetail(8);
        detail.Enter(server: null);
        Did(log, "1");
        Warned(log);
        Completed(log);
        detail.Keep("error");
        Did(log, "2");

        Assert.Equal(["Did before any request", "Warned", "Completed", "Did 2"], exported);
        Assert.Equal((5, 4, 1), (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.sampled")));
    }

    [Fact]
    public void Of_a_request_that_is_not_worth_it_too()
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

    private sealed class Exporter(List<string> exported) : BaseExporter<LogRecord>
    {
        public override ExportResult Export(in Batch<LogRecord> batch)
        {
            foreach (var record in batch)
            {
                exported.Add(record.FormattedMessage!);
            }

            return ExportResult.Success;
        }
    }
}
