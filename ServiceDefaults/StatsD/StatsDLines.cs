using System.Globalization;
using MlAspire.ServiceDefaults.Redaction;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.StatsD;

/// <summary>
/// Metrics as StatsD reads them: counters as what was added (<c>|c</c>), gauges and up-down counters as they are (<c>|g</c>), histograms as the mean of what was measured, which stands for all n of them (<c>|@1/n</c>):
/// seconds as a timer in milliseconds (<c>|ms</c>), others as <c>|h</c>, and as <c>|ms</c> where the receiver knows no other. Example of the raw form: <c>ml.inference.duration:12.5|ms|@0.25|#service:inference,ml.model.name:flight-delay</c>. Pure.
/// </summary>
/// <remarks>
/// A receiver that counts by the sample rate has the number exactly, and one that weighs by it (DogStatsD) the mean; what it says of percentiles is of means. The services' own quantiles are gauges beside them.
/// Sources: <see href="https://github.com/statsd/statsd/blob/master/docs/metric_types.md">StatsD metric types</see>, <see href="https://docs.datadoghq.com/extend/dogstatsd/datagram_shell">DogStatsD datagram format</see>.
/// </remarks>
internal sealed class StatsDLines(StatsDFlavor flavor, string prefix, string service)
{
    /// <summary>Characters of a name or value of a tag; what is longer is cut. Datadog's bound of a tag is 200 in all.</summary>
    private const int MaxLabel = 100;

    private readonly string start = prefix.Length == 0 ? "" : $"{prefix}.";
    private readonly string serviceName = Sanitized(service, "_-.");

    /// <summary>The lines of a metric with delta temporality, ASCII without line ends. Two that count only together are one, with a line end between.</summary>
    public IEnumerable<string> Of(Metric metric)
    {
        var lines = new List<string>();
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (LineOf(metric, point) is { } line)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private string? LineOf(Metric metric, in MetricPoint point)
    {
        switch (metric.MetricType)
        {
            case MetricType.LongSum:
                return point.GetSumLong() is var added and not 0 ? Line(metric, point, Number(added), "c") : null;
            case MetricType.DoubleSum:
                return point.GetSumDouble() is var sum and not 0 && double.IsFinite(sum) ? Line(metric, point, Number(sum), "c") : null;
            case MetricType.Histogram or MetricType.ExponentialHistogram:
                return HistogramLine(metric, point);
            default:
                return GaugeLine(metric, point, metric.MetricType switch
                {
                    MetricType.LongSumNonMonotonic => point.GetSumLong(),
                    MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
                    MetricType.LongGauge => point.GetGaugeLastValueLong(),
                    _ => point.GetGaugeLastValueDouble(),
                });
        }
    }

    private string? HistogramLine(Metric metric, in MetricPoint point)
    {
        var count = point.GetHistogramCount();
        var mean = point.GetHistogramSum() / count * (metric.Unit == "s" ? 1_000 : 1);
        var type = metric.Unit is "s" or "ms" || flavor == StatsDFlavor.StatsD ? "ms" : "h";
        var isTaken = count > 0 && double.IsFinite(mean) && (mean >= 0 || type == "h"); // no timer is below 0
        return isTaken ? Line(metric, point, Number(mean), count == 1 ? type : $"{type}|@{Number(1m / count)}") : null;
    }

    /// <summary>With a sign StatsD takes a value for a change, so one below 0 is set to 0 first.</summary>
    private string? GaugeLine(Metric metric, in MetricPoint point, double value)
    {
        if (!double.IsFinite(value))
        {
            return null;
        }

        var line = Line(metric, point, Number(value), "g");
        return value < 0 && flavor == StatsDFlavor.StatsD ? $"{Line(metric, point, "0", "g")}\n{line}" : line;
    }

    private string Line(Metric metric, in MetricPoint point, string value, string type)
    {
        var name = Sanitized(metric.Name, "_-.");
        List<(string Name, string Value)> labels = [];
        foreach (var (label, of) in point.Tags)
        {
            labels.Add((label, RedactedLabel.Of(label, of)));
        }

        labels.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return flavor == StatsDFlavor.DogStatsD
            ? $"{start}{name}:{value}|{type}|#service:{serviceName}{string.Concat(labels.Select(label => $",{Sanitized(label.Name, "_-.")}:{Sanitized(label.Value, "_-./")}"))}"
            : $"{start}{serviceName}.{name}{string.Concat(labels.Select(label => $".{Sanitized(label.Name, "_-")}.{Sanitized(label.Value, "_-")}"))}:{value}|{type}";
    }

    /// <summary>Letters and digits of ASCII and what is <paramref name="allowed"/>; everything else, and nothing, is <c>_</c>.</summary>
    private static string Sanitized(string text, string allowed) =>
        text.Length == 0 ? "_" : string.Concat(text.Take(MaxLabel).Select(letter => char.IsAsciiLetterOrDigit(letter) || allowed.Contains(letter, StringComparison.Ordinal) ? letter : '_'));

    /// <summary>Without an exponent, which not every receiver reads.</summary>
    private static string Number(IFormattable value) => value is double real
        ? real.ToString("0.################", CultureInfo.InvariantCulture)
        : value.ToString(null, CultureInfo.InvariantCulture);
}
