namespace MlAspire.Monitoring.Panels;

/// <summary>What the values of a metric mean, by its TYPE.</summary>
internal enum MetricKind
{
    Gauge,
    Counter,
    Histogram,
}
