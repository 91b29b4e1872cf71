using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.Logs;

/// <summary>Section <c>Logs</c>: where the log lines of all services can be read.</summary>
public sealed class LogsOptions
{
    /// <summary>Folder under which the services write their log files (<c>Logging:File:Directory</c>), each in one of its own; default empty = no line can be asked for, and no rule looks at them.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Bytes of lines that one question may read, newest files first, 1 MiB to 1 TiB; default 1 GiB. What is older then is not looked at, and the answer says so.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxScanBytes { get; set; } = 1L << 30;

    /// <summary>Questions at once, 1 to 64, default 2; more are 429.</summary>
    [Range(1, 64)]
    public int MaxQueries { get; set; } = 2;
}

[OptionsValidator]
internal sealed partial class LogsOptionsValidator : IValidateOptions<LogsOptions>;
