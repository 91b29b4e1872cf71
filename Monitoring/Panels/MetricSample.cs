namespace MlAspire.Monitoring.Panels;

/// <summary>One line of <c>/metrics</c>.</summary>
/// <param name="Series">The line up to its value: no other line of the service has the same.</param>
/// <param name="Labels">With <c>service</c>.</param>
/// <param name="Bound">Of a histogram's bucket: the greatest value in it; else null.</param>
internal sealed record MetricSample(string Series, IReadOnlyDictionary<string, string> Labels, double? Bound, double Value);
