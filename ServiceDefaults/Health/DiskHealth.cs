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
            .Select(directory => (directory, new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace)).MinBy(each => each.AvailableFreeSpace);
        return free < options.CurrentValue.MinFreeDiskBytes ? $"{free >> 20} MiB are free on the disk of {least}, below {options.CurrentValue.MinFreeDiskBytes >> 20}." : null;
    }

    protected override void Warn(ILogger log, string trouble) => DiskLow(log, trouble);

    [LoggerMessage(EventName = TelemetryNames.Events.LowDiskSpace, Level = LogLevel.Warning, Message = "Low disk space: {Reason}")]
    private static partial void DiskLow(ILogger log, string reason);
}
