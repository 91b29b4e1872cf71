using System.Globalization;
using System.Text;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.Prometheus;

/// <summary>
/// Metrics as Prometheus reads them. Example of the raw form:
/// <c># TYPE http_server_request_duration_seconds histogram</c>, <c>http_server_request_duration_seconds_bucket{http_route="/x",le="0.005"} 3</c>.
/// </summary>
/// <remarks>
/// Sources: <see href="https://prometheus.io/docs/instrumenting/exposition_formats/">text format 0.0.4</see>,
/// <see href="https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/">OpenTelemetry to Prometheus</see>: units become suffixes, counters end in <c>_total</c>.
/// </remarks>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly Dictionary<string, string> Units = new()
    {
        ["s"] = "seconds", ["ms"] = "milliseconds", ["us"] = "microseconds", ["ns"] = "nanoseconds", ["By"] = "bytes", ["KiBy"] = "kibibytes", ["MiBy"] = "mebibytes", ["%"] = "percent",
    };

    public static string Write(in Batch<Metric> batch)
    {
        var text = new StringBuilder();
        HashSet<string> described = [];
        foreach (var metric in batch)
        {
            var name = NameOf(metric);
            if (KindOf(metric.MetricType) is { } kind)
            {
                if (described.Add(name))
                {
                    text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {Escaped(metric.Description)}\n# TYPE {name} {kind}\n");
                }

                WritePoints(text, metric, name);
            }
        }

        return text.ToString();
    }

    /// <summary><c>ml.inference.duration</c> in <c>s</c> becomes <c>ml_inference_duration_seconds</c>; a name of Triton's stays as the boards made for it spell it.</summary>
    internal static string NameOf(Metric metric)
    {
        if (metric.Name.StartsWith(TelemetryNames.Triton.Prefix, StringComparison.Ordinal))
        {
            return metric.Name;
        }

        var name = Sanitized(metric.Name);
        var unit = metric.Unit == "1" && KindOf(metric.MetricType) == "gauge" ? "ratio" : Units.GetValueOrDefault(metric.Unit);
        if (unit is not null && !name.EndsWith($"_{unit}", StringComparison.Ordinal))
        {
            name = $"{name}_{unit}";
        }

        return KindOf(metric.MetricType) == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? $"{name}_total" : name;
    }

    /// <summary>Null for the one kind that the format cannot hold: exponential histograms.</summary>
    private static string? KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        MetricType.ExponentialHistogram => null,
        _ => "gauge",
    };

    private static void WritePoints(StringBuilder text, Metric metric, string name)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(metric, point);
            if (metric.MetricType == MetricType.Histogram)
            {
                WriteHistogram(text, point, name, labels);
                continue;
            }

            var value = metric.MetricType switch
            {
                MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
                MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
                MetricType.LongGauge => point.GetGaugeLastValueLong(),
                _ => point.GetGaugeLastValueDouble(),
            };
            Sample(text, name, labels, value);
        }
    }

    private static void WriteHistogram(StringBuilder text, in MetricPoint point, string name, string labels)
    {
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            Sample(text, $"{name}_bucket", $"{labels},le=\"{Number(bucket.ExplicitBound)}\"", below);
        }

        Sample(text, $"{name}_sum", labels, point.GetHistogramSum());
        Sample(text, $"{name}_count", labels, point.GetHistogramCount());
    }

    private static void Sample(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append('{').Append(labels).Append("} ").Append(Number(value)).Append('\n');

    /// <summary>The name of the meter first, so that equal names of two meters stay two series; then the tags.</summary>
    private static string LabelsOf(Metric metric, in MetricPoint point)
    {
        var labels = new Dictionary<string, string> { ["otel_scope_name"] = metric.MeterName };
        foreach (var (name, value) in point.Tags)
        {
            labels[Sanitized(name)] = RedactedLabel.Of(name, value);
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escaped(label.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Sanitized(string name)
    {
        var clean = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        return char.IsAsciiDigit(clean[0]) ? $"_{clean}" : clean;
    }
}
