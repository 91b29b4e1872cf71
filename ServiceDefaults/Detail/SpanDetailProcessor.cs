using System.Diagnostics;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Stands before the exporter of spans: a span of a request goes on when the verdict on the request says so.</summary>
/// <param name="exporter">What comes after.</param>
internal sealed class SpanDetailProcessor(BaseProcessor<Activity> exporter, TelemetryFlow flow) : CompositeProcessor<Activity>([exporter]) // which tells the exporter whose telemetry it is
{
    public override void OnEnd(Activity data)
    {
        if (!data.Recorded)
        {
            return;
        }

        flow.Produced(TelemetryFlow.Spans, TelemetryFlow.Otlp);
        var span = new HeldSpan(data, exporter, flow);
        if (RequestDetail.Of(data) is { } detail)
        {
            detail.Add(span);
        }
        else
        {
            span.Release();
        }
    }

    private sealed class HeldSpan(Activity span, BaseProcessor<Activity> exporter, TelemetryFlow flow) : IHeld
    {
        public void Release()
        {
            exporter.OnEnd(span);
            flow.Exported(TelemetryFlow.Spans, TelemetryFlow.Otlp, 1);
        }

        public void Discard(bool sampled)
        {
            if (sampled)
            {
                flow.Sampled(TelemetryFlow.Spans, TelemetryFlow.Otlp);
            }
            else
            {
                flow.Dropped(TelemetryFlow.Spans, TelemetryFlow.Otlp, "ring_full", 1);
            }
        }
    }
}
