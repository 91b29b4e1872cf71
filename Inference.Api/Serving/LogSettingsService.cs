using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Triton's logging extension, as the level of our own categories. Triton's switches are independent, a level is a threshold: what it cannot express is refused.</summary>
/// <remarks>Source: <see href="https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_logging.md"/>.</remarks>
internal sealed class LogSettingsService(LogLevels levels, ILoggerFactory loggers, IOptions<FileLogOptions> files)
{
    private const string Category = "MlAspire";
    private const string Format = "ISO8601";
    private const string LogFile = "log_file", LogInfo = "log_info", LogWarning = "log_warning", LogError = "log_error", LogVerboseLevel = "log_verbose_level", LogFormat = "log_format";

    private static readonly string[] LevelNames = [LogInfo, LogWarning, LogError, LogVerboseLevel];

    private readonly ILogger logger = loggers.CreateLogger(Category);
    private readonly Lock changing = new(); // makes reading and changing the level one step

    /// <summary>What holds now, whoever set it.</summary>
    public LogSettings Read() => new(
        files.Value.Directory ?? "", logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Warning), logger.IsEnabled(LogLevel.Error),
        logger.IsEnabled(LogLevel.Trace) ? 2 : logger.IsEnabled(LogLevel.Debug) ? 1 : 0, Format);

    /// <summary>Changes what is named, all or nothing. Null, for nothing but levels, gives the level back to configuration.</summary>
    /// <param name="settings">Values are bool, long, string or null.</param>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: an unknown name, a value of the wrong kind, or a setting that cannot be changed while the server runs.</exception>
    public LogSettings Change(IReadOnlyDictionary<string, object?> settings)
    {
        lock (changing)
        {
            RequireUnchanged(settings);
            var levelSettings = settings.Where(pair => pair.Key is not (LogFile or LogFormat)).ToArray();
            if (levelSettings.Length == 0)
            {
                return Read();
            }

            levels.Set(Category, levelSettings.All(pair => LevelNames.Contains(pair.Key) && pair.Value is null) ? null : LevelOf(levelSettings.Aggregate(Read(), With)));
            return Read();
        }
    }

    private static LogSettings With(LogSettings settings, KeyValuePair<string, object?> change) => change.Key switch
    {
        LogInfo => settings with { LogInfo = Boolean(change) },
        LogWarning => settings with { LogWarning = Boolean(change) },
        LogError => settings with { LogError = Boolean(change) },
        LogVerboseLevel => settings with { LogVerboseLevel = change.Value is long number and >= 0 and <= int.MaxValue ? (int)number : throw TensorCheck.Invalid("must be an integer of at least 0", LogVerboseLevel) },
        _ => throw TensorCheck.Invalid("is not a log setting", TensorCheck.Short(change.Key)),
    };

    private static LogLevel LevelOf(LogSettings wanted) => wanted switch
    {
        { LogError: false, LogWarning: true } or { LogError: false, LogInfo: true } => throw TensorCheck.Invalid("cannot be off while log_warning or log_info is on: a level includes those above it", LogError),
        { LogWarning: false, LogInfo: true } => throw TensorCheck.Invalid("cannot be off while log_info is on: a level includes those above it", LogWarning),
        { LogInfo: false, LogVerboseLevel: > 0 } => throw TensorCheck.Invalid("cannot be off while log_verbose_level is over 0: a level includes those above it", LogInfo),
        { LogVerboseLevel: > 1 } => LogLevel.Trace,
        { LogVerboseLevel: 1 } => LogLevel.Debug,
        { LogInfo: true } => LogLevel.Information,
        { LogWarning: true } => LogLevel.Warning,
        { LogError: true } => LogLevel.Error,
        _ => LogLevel.Critical,
    };

    private void RequireUnchanged(IReadOnlyDictionary<string, object?> settings)
    {
        if (settings.TryGetValue(LogFile, out var file) && file as string != (files.Value.Directory ?? ""))
        {
            throw TensorCheck.Invalid("cannot be changed while the server runs; it is Logging__File__Directory at the start", LogFile);
        }

        if (settings.TryGetValue(LogFormat, out var format) && format as string != Format)
        {
            throw TensorCheck.Invalid($"is always {Format}; Logging__Format at the start chooses json or text", LogFormat);
        }
    }

    private static bool Boolean(KeyValuePair<string, object?> change) => change.Value as bool? ?? throw TensorCheck.Invalid("must be true or false", change.Key);
}
