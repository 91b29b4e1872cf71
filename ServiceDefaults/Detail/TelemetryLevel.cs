namespace MlAspire.ServiceDefaults.Detail;

/// <summary>How much a service tells.</summary>
public enum TelemetryLevel
{
    /// <summary>Metrics, one line a request, warnings and errors. No spans.</summary>
    Basic,

    /// <summary>Beside it every line and span of the traces that are worth it: with an error or a warning, slow, asked for, or in the sample.</summary>
    Standard,

    /// <summary>Every line and span, at once.</summary>
    Full,
}
