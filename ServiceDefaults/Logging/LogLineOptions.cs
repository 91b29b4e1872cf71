namespace MlAspire.ServiceDefaults.Logging;

/// <summary>What every log line of a process says, and how. Section <c>Logging</c>.</summary>
internal sealed class LogLineOptions
{
    /// <summary>Name of the service.</summary>
    public string Service { get; set; } = "";

    /// <summary>Whether text for people has colours; default in Development only.</summary>
    public bool Colorize { get; set; }

    /// <summary>Whether an exception's line has its stack trace; default true.</summary>
    public bool Backtrace { get; set; } = true;
}
