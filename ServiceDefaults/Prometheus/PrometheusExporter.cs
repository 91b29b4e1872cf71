using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.Prometheus;

/// <summary>Holds the text of the last collection; a scrape starts one. Registered with every service, since no well-kept exporter for a scrape endpoint is stable yet.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter(TelemetryFlow flow) : BaseExporter<Metric>, IPullMetricExporter
{
    private const int MaxAttempts = 5;

    private readonly Lock gate = new(); // one collection at a time, and the text it made
    private string text = "";

    /// <summary>Set by the reader that this exporter is given to.</summary>
    public Func<int, bool>? Collect { get; set; }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        text = PrometheusText.Write(batch);
        return ExportResult.Success;
    }

    /// <summary>The metrics as they are now. When another reader has collected meanwhile they may be of two moments: then they are collected again, a few times.</summary>
    public string Scrape()
    {
        lock (gate)
        {
            for (var attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                var before = flow.Collections;
                Collect?.Invoke(Timeout.Infinite);
                if (flow.Collections <= before + 1)
                {
                    break;
                }
            }

            return text;
        }
    }
}
