namespace MlAspire.Monitoring.Panels;

/// <summary>What one panel draws: a point a look, the newest <see cref="MaxPoints"/> of them, in at most <see cref="MaxSeries"/> series; of more, those that came first. Owned by one loop.</summary>
internal sealed class Panel(PanelOptions options)
{
    public const int MaxPoints = 360;
    public const int MaxSeries = 8;

    private readonly Queue<(DateTimeOffset At, Dictionary<string, double> Values)> points = new();
    private readonly Dictionary<string, (TimeSpan Elapsed, Dictionary<string, double> Totals)> before = new(StringComparer.Ordinal); // by service, as of its last look
    private MetricKind? kind;
    private bool hasMore;

    public PanelOptions Options => options;

    public void Take(Look look)
    {
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        foreach (var (service, metrics) in look.Services)
        {
            kind = metrics.KindOf(options.Metric) ?? kind;
            TakeService(service, look.Elapsed, [.. metrics.Of(options.Metric).Where(IsWanted)], groups);
        }

        Keep(look.At, groups.Select(group => (group.Key, Value: group.Value.Of(options.Quantile))).Where(group => group.Value is not null).ToDictionary(group => group.Key, group => group.Value!.Value, StringComparer.Ordinal));
    }

    public PanelState State()
    {
        var names = points.SelectMany(point => point.Values.Keys).Distinct().Order(StringComparer.Ordinal);
        return new(options, kind, [.. points.Select(point => point.At)],
            [.. names.Select(name => KeyValuePair.Create<string, IReadOnlyList<double?>>(name, [.. points.Select(point => point.Values.TryGetValue(name, out var value) ? value : (double?)null)]))], hasMore);
    }

    private bool IsWanted(MetricSample sample) => options.Where.All(label => sample.Labels.GetValueOrDefault(label.Key) == label.Value);

    private void TakeService(string service, TimeSpan elapsed, IReadOnlyList<MetricSample> samples, Dictionary<string, Group> groups)
    {
        var isKnown = before.TryGetValue(service, out var last);
        var totals = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var sample in samples)
        {
            var name = sample.Labels.GetValueOrDefault(options.By, "");
            var group = groups.TryGetValue(name, out var other) ? other : groups[name] = new();
            if (kind == MetricKind.Gauge)
            {
                group.Greatest(sample.Value);
            }
            else if (isKnown)
            {
                var growth = Growth(last.Totals.GetValueOrDefault(sample.Series), sample.Value); // a total that was not there was 0
                group.Add(sample.Bound, growth, (elapsed - last.Elapsed).TotalSeconds);
            }

            totals[sample.Series] = sample.Value;
        }

        before[service] = (elapsed, totals);
    }

    /// <summary>A total that is smaller than before has begun anew.</summary>
    private static double Growth(double before, double now) => now < before ? now : now - before;

    private void Keep(DateTimeOffset at, Dictionary<string, double> values)
    {
        if (values.Count == 0 && points.Count == 0)
        {
            return;
        }

        var known = points.SelectMany(point => point.Values.Keys).ToHashSet(StringComparer.Ordinal);
        foreach (var name in values.Keys.Except(known).Order(StringComparer.Ordinal).Skip(MaxSeries - known.Count).ToArray())
        {
            hasMore = true;
            values.Remove(name);
        }

        points.Enqueue((at, values));
        if (points.Count > MaxPoints)
        {
            points.Dequeue();
        }
    }

    /// <summary>The samples of one look that are one value of the label.</summary>
    private sealed class Group
    {
        private readonly SortedDictionary<double, double> buckets = [];
        private double? value;

        public void Greatest(double sample) => value = Math.Max(value ?? sample, sample);

        /// <param name="bound">Of a histogram's bucket; else null.</param>
        public void Add(double? bound, double growth, double seconds)
        {
            if (bound is { } upper)
            {
                buckets[upper] = buckets.GetValueOrDefault(upper) + growth;
            }
            else if (seconds > 0)
            {
                value = (value ?? 0) + (growth / seconds);
            }
        }

        public double? Of(double quantile) => buckets.Count > 0 ? BucketQuantile.Of([.. buckets], quantile) : value;
    }
}
