using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Degraded while the process uses more than <see cref="HealthOptions.MaxMemoryShare"/> of what it may.</summary>
internal sealed partial class MemoryHealth(IOptionsMonitor<HealthOptions> options, ILogger<MemoryHealth> log) : MachineHealth(log)
{
    protected override string? Trouble()
    {
        var (used, limit) = (Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return used > options.CurrentValue.MaxMemoryShare * limit ? $"{used >> 20} of {limit >> 20} MiB are in use." : null;
    }

    protected override void Warn(ILogger log, string trouble) => MemoryLow(log, trouble);

    [LoggerMessage(EventName = TelemetryNames.Events.LowProcessMemory, Level = LogLevel.Warning, Message = "Low memory of the process: {Reason}")]
    private static partial void MemoryLow(ILogger log, string reason);
}
