using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Stands before the exporter of logs, which counts what becomes of those that it gets. A record cannot be held (the SDK uses it again), so of a request whose verdict is not there yet only its warnings and its one line go on; the lines of stdout and the files have all.</summary>
/// <param name="exporter">What comes after.</param>
internal sealed class LogDetailProcessor(BaseProcessor<LogRecord> exporter, SinkFlow flow) : CompositeProcessor<LogRecord>([exporter]) // which tells the exporter whose telemetry it is
{
    public override void OnEnd(LogRecord data)
    {
        flow.Produced();
        if (RequestDetail.Current is { Reason: null } && data.LogLevel < LogLevel.Warning && !TelemetryNames.Events.IsAlwaysTold(data.EventId.Name))
        {
            flow.Sampled();
            return;
        }

        base.OnEnd(data);
    }
}
