using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>A step of a pipeline: what its span, its measurement and its log line are called, and what they say.</summary>
/// <param name="Name">One of <see cref="TelemetryNames.Spans"/>.</param>
public sealed record Step(string Name)
{
    /// <summary>What kind of span it is; <see cref="ActivityKind.Client"/> for a call of something behind this service.</summary>
    public ActivityKind Kind { get; init; }

    /// <summary>Attributes of the span and of the measurement: from closed sets only.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Labels { get; init; } = [];

    /// <summary>Further attributes of the span, of any value.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Details { get; init; } = [];

    /// <summary>Of the log line. Debug for what every request does; Information for the steps of a job.</summary>
    public LogLevel Level { get; init; } = LogLevel.Debug;

    /// <summary>Told how long it took, however it ended.</summary>
    public Action<TimeSpan>? Over { get; init; }
}
