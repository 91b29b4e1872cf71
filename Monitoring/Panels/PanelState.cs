namespace MlAspire.Monitoring.Panels;

/// <summary>A panel as of the last look.</summary>
/// <param name="Kind">Null while no service has the metric.</param>
/// <param name="Times">Of the points, oldest first.</param>
/// <param name="Series">Sorted by name, one value a point; null = there was none. Empty = there is no data yet.</param>
/// <param name="HasMore">Whether there are more series than a panel draws.</param>
internal sealed record PanelState(PanelOptions Options, MetricKind? Kind, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<KeyValuePair<string, IReadOnlyList<double?>>> Series, bool HasMore);
