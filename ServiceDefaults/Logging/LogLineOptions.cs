namespace MlAspire.ServiceDefaults.Logging;

/// <summary>What every log line of a process says.</summary>
internal sealed class LogLineOptions
{
    /// <summary>Name of the service.</summary>
    public string Service { get; set; } = "";
}
