using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Stands before the exporter of logs, which counts what becomes of those that it gets: a line of a request goes on when the verdict on the request says so, a warning and its one line at once.</summary>
/// <param name="exporter">What comes after.</param>
/// <param name="loggers">OpenTelemetry's logger of a category.</param>
internal sealed class LogDetailProcessor(BaseProcessor<LogRecord> exporter, Func<string, ILogger> loggers, SinkFlow flow) : CompositeProcessor<LogRecord>([exporter]) // which tells the exporter whose telemetry it is
{
    public override void OnEnd(LogRecord data)
    {
        if (data.Attributes is HeldRecord told)
        {
            data.Timestamp = told.Timestamp;
            base.OnEnd(data);
            return;
        }

        flow.Produced();
        if (RequestDetail.Holding(data.LogLevel, data.EventId.Name) is { } detail)
        {
            detail.Add(new HeldRecord(data, loggers, flow));
        }
        else
        {
            base.OnEnd(data);
        }
    }
}
