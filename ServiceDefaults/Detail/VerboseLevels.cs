using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Lets our own Debug lines of a verbose request through to every sink that is not off, whatever its level; <see cref="LogLevel.None"/> stays none.</summary>
internal sealed class VerboseLevels : IPostConfigureOptions<LoggerFilterOptions>
{
    private const string Ours = "MlAspire.";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        for (var index = 0; index < options.Rules.Count; index++)
        {
            if (options.Rules[index] is { LogLevel: > LogLevel.Debug and < LogLevel.None and var from } rule)
            {
                options.Rules[index] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, LogLevel.Debug, (provider, category, level) =>
                    (level >= from || IsVerbose(category)) && (rule.Filter?.Invoke(provider, category, level) ?? true));
            }
        }
    }

    private static bool IsVerbose(string? category) => RequestDetail.Current is { IsVerbose: true } && category?.StartsWith(Ours, StringComparison.Ordinal) == true;
}
