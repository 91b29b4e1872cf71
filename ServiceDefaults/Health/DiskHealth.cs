using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Degraded while a disk that the service writes to has less free space than <see cref="HealthOptions.MinFreeDiskBytes"/>.</summary>
internal sealed partial class DiskHealth(IOptionsMonitor<HealthOptions> options, ILogger<DiskHealth> log) : MachineHealth(log)
{
    protected override string? Trouble()
    {
        var (least, free) = options.CurrentValue.Directories.Append(Environment.CurrentDirectory)
            .Select(directory => (directory, DiskOf(directory).AvailableFreeSpace)).MinBy(each => each.AvailableFreeSpace);
        return free < options.CurrentValue.MinFreeDiskBytes ? $"{free >> 20} MiB are free on the disk of {least}, below {options.CurrentValue.MinFreeDiskBytes >> 20}." : null;
    }

    /// <summary>That of the nearest directory above while it is not made.</summary>
    private static DriveInfo DiskOf(string directory)
    {
        var path = Path.GetFullPath(directory);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above)
        {
            path = above;
        }

        return new DriveInfo(path);
    }

    protected override void Warn(ILogger log, string trouble) => DiskLow(log, trouble);

    [LoggerMessage(EventName = TelemetryNames.Events.LowDiskSpace, Level = LogLevel.Warning, Message = "Low disk space: {Reason}")]
    private static partial void DiskLow(ILogger log, string reason);
}
