using System.Diagnostics;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Stands before the exporter of spans, which counts what becomes of those that it gets: a span of a request goes on when the verdict on the request says so.</summary>
/// <param name="exporter">What comes after.</param>
internal sealed class SpanDetailProcessor(BaseProcessor<Activity> exporter, SinkFlow flow) : CompositeProcessor<Activity>([exporter]) // which tells the exporter whose telemetry it is
{
    public override void OnEnd(Activity data)
    {
        if (!data.Recorded)
        {
            return;
        }

        flow.Produced();
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

    private sealed class HeldSpan(Activity span, BaseProcessor<Activity> exporter, SinkFlow flow) : Held(flow)
    {
        public override void Release() => exporter.OnEnd(span);
    }
}
