using System.Globalization;
using System.Text.RegularExpressions;

namespace MlAspire.Monitoring.Panels;

/// <summary>What a service's <c>/metrics</c> says of some metrics. Example of the raw form: <c># TYPE http_server_request_duration_seconds histogram</c>, <c>http_server_request_duration_seconds_bucket{http_route="/x",le="0.005"} 3</c>. Pure.</summary>
/// <remarks>Source: <see href="https://prometheus.io/docs/instrumenting/exposition_formats/">text format 0.0.4</see>.</remarks>
internal sealed partial class MetricsText
{
    /// <summary>What every sample has beside the labels that it came with.</summary>
    public const string ServiceLabel = "service";

    private const string BoundLabel = "le";
    private const string BucketSuffix = "_bucket";
    private const string TypeMark = "# TYPE ";

    private readonly Dictionary<string, MetricKind> kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<MetricSample>> samples = new(StringComparer.Ordinal);

    /// <param name="service">Whose text it is.</param>
    /// <param name="text">A line that is no sample or of another metric is left out.</param>
    /// <param name="metrics">Names that are wanted, of a histogram without its suffix.</param>
    public MetricsText(string service, string text, IEnumerable<string> metrics)
    {
        var wanted = metrics.SelectMany(metric => new[] { metric, metric + BucketSuffix }).ToHashSet(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(TypeMark, StringComparison.Ordinal))
            {
                TakeType(line[TypeMark.Length..].Split(' '));
            }
            else if (line.IndexOfAny(['{', ' ']) is > 0 and var end && wanted.Contains(line[..end]) && SampleOf(service, line) is { } sample)
            {
                (samples.TryGetValue(line[..end], out var others) ? others : samples[line[..end]] = []).Add(sample);
            }
        }
    }

    /// <summary>Null when the service has no such metric. The count and the sum of a histogram are counters.</summary>
    public MetricKind? KindOf(string metric)
    {
        if (kinds.TryGetValue(metric, out var kind))
        {
            return kind;
        }

        var end = Math.Max(metric.LastIndexOf('_'), 0);
        return metric[end..] is "_count" or "_sum" && kinds.GetValueOrDefault(metric[..end]) == MetricKind.Histogram ? MetricKind.Counter : null;
    }

    /// <summary>The samples of a metric; of a histogram its buckets.</summary>
    public IReadOnlyList<MetricSample> Of(string metric) => KindOf(metric) switch
    {
        null => [],
        MetricKind.Histogram => [.. samples.GetValueOrDefault(metric + BucketSuffix, []).Where(bucket => bucket.Bound is not null)],
        _ => samples.GetValueOrDefault(metric, []),
    };

    private void TakeType(string[] parts)
    {
        if (parts is [var metric, var type] && Enum.TryParse<MetricKind>(type, ignoreCase: true, out var kind))
        {
            kinds[metric] = kind;
        }
    }

    /// <summary>Null for a line that is none, and for one that cannot be drawn: NaN and the infinite.</summary>
    private static MetricSample? SampleOf(string service, string line)
    {
        var parts = SampleForm().Match(line);
        if (!parts.Success || NumberOf(parts.Groups["value"].Value) is not { } value || !double.IsFinite(value))
        {
            return null;
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { [ServiceLabel] = service };
        foreach (Match label in LabelForm().Matches(parts.Groups["labels"].Value))
        {
            labels[label.Groups["name"].Value] = Escape().Replace(label.Groups["value"].Value, escape => escape.Value == @"\n" ? "\n" : escape.Value[1..]);
        }

        return new(parts.Groups["series"].Value, labels, labels.TryGetValue(BoundLabel, out var bound) ? NumberOf(bound) : null, value);
    }

    private static double? NumberOf(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
    };

    [GeneratedRegex(@"^(?<series>\w+(\{(?<labels>.*)\})?) (?<value>\S+)( \d+)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex SampleForm();

    [GeneratedRegex("""(?<name>\w+)="(?<value>([^"\\]|\\.)*)"(,|$)""", RegexOptions.ExplicitCapture)]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();
}
