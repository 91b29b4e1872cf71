namespace MlAspire.Inference.Api.Serving;

/// <summary>The log settings, with the names of Triton's logging extension in snake_case.</summary>
/// <param name="LogFile">The directory of the log files; empty = none.</param>
/// <param name="LogVerboseLevel">0 = none, 1 = Debug, 2 or more = Trace.</param>
/// <param name="LogFormat">Always <c>ISO8601</c>, the form of the timestamps.</param>
public sealed record LogSettings(string LogFile, bool LogInfo, bool LogWarning, bool LogError, int LogVerboseLevel, string LogFormat);
