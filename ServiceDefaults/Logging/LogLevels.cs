using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Levels of log categories, changed while the service runs. They win over <c>Logging:LogLevel</c>, not over what configuration says for one sink (<c>Logging:Console:LogLevel</c>). Thread-safe.</summary>
public sealed class LogLevels : IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    /// <summary>Categories that may be changed at the same time.</summary>
    public const int MaxCategories = 256;

    private readonly Lock changing = new(); // guards the swap of levels and changed against other writers
    private volatile ImmutableDictionary<string, LogLevel> levels = ImmutableDictionary.Create<string, LogLevel>(StringComparer.OrdinalIgnoreCase);
    private volatile CancellationTokenSource changed = new();

    string? IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Holds from now on for every logger, also those that exist.</summary>
    /// <param name="category">A category or the beginning of one up to a dot: <c>MlAspire.Inference</c>.</param>
    /// <param name="level">Null = what configuration says.</param>
    /// <exception cref="InvalidOperationException"><see cref="MaxCategories"/> are changed already.</exception>
    public void Set(string category, LogLevel? level)
    {
        lock (changing)
        {
            var next = level is { } value ? levels.SetItem(category, value) : levels.Remove(category);
            levels = next.Count <= MaxCategories ? next : throw new InvalidOperationException($"the levels of {MaxCategories} categories are changed already");
            using var past = changed;
            changed = new CancellationTokenSource();
            past.Cancel();
        }
    }

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // Of rules that match a category equally well the last one counts.
        foreach (var (category, level) in levels)
        {
            options.Rules.Add(new LoggerFilterRule(providerName: null, category, level, filter: null));
        }
    }

    public IChangeToken GetChangeToken() => new CancellationChangeToken(changed.Token);

    public void Dispose() => changed.Dispose();
}
