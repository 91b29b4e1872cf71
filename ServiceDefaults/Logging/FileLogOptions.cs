using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Section <c>Logging:File</c>: log lines in files, beside those on stdout.</summary>
public sealed class FileLogOptions
{
    public const string Section = "Logging:File";

    /// <summary>Where the files are; made when missing. One process a directory. Empty (default) = no files.</summary>
    public string? Directory { get; set; }

    /// <summary>Size at which a file is closed and a new one begun, in bytes. 1 KiB to 1 GiB; default 64 MiB. A line is never split.</summary>
    [Range(1024, 1 << 30)]
    public long MaxFileBytes { get; set; } = 64L << 20;

    /// <summary>Age at which a file is closed and a new one begun. 1 minute to 31 days; default 1 day.</summary>
    [TimeRange("00:01:00", "31.00:00:00")]
    public TimeSpan MaxFileAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Closed files that are kept, compressed. 0 to 10,000; default 14.</summary>
    [Range(0, 10_000)]
    public int MaxArchives { get; set; } = 14;

    /// <summary>Age, counted from its first line, at which a closed file is deleted. 1 minute to 3,650 days; default 30 days.</summary>
    [TimeRange("00:01:00", "3650.00:00:00")]
    public TimeSpan MaxArchiveAge { get; set; } = TimeSpan.FromDays(30);
}

[OptionsValidator]
internal sealed partial class FileLogOptionsValidator : IValidateOptions<FileLogOptions>;
