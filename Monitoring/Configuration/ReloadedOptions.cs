using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.Configuration;

/// <summary>Options that one loop takes over while the service runs; wrong ones leave those before. Not as checked options: their monitor throws in whoever reloads the configuration when it is wrong.</summary>
/// <exception cref="OptionsValidationException">At the start: they are wrong.</exception>
internal sealed class ReloadedOptions<TOptions>(IOptionsFactory<TOptions> factory, IConfiguration configuration)
    where TOptions : class
{
    private IChangeToken changed = configuration.GetReloadToken();
    private string? known; // problem with what the configuration holds

    public TOptions Value { get; private set; } = factory.Create(Options.DefaultName);

    /// <summary>Takes over what the configuration holds, if it was reloaded since the last call.</summary>
    /// <param name="problem">What is wrong with it; null when nothing is, or it was said before: each source of a configuration tells a reload of its own.</param>
    /// <returns>Whether <see cref="Value"/> is another one now.</returns>
    public bool TakeOver(out string? problem)
    {
        problem = null;
        if (!changed.HasChanged)
        {
            return false;
        }

        changed = configuration.GetReloadToken();
        try
        {
            (Value, known) = (factory.Create(Options.DefaultName), null);
            return true;
        }
        catch (Exception e) when (e is OptionsValidationException or InvalidOperationException)
        {
            var found = e.GetBaseException().Message; // the binder's own says only that something is wrong
            (problem, known) = (found == known ? null : found, found);
            return false;
        }
    }
}

/// <summary>Registers <see cref="ReloadedOptions{TOptions}"/>.</summary>
internal static class ReloadedOptionsExtensions
{
    /// <summary>Binds <typeparamref name="TOptions"/> to <paramref name="section"/>; a key that is not known is an error.</summary>
    public static void AddReloadedOptions<TOptions, TValidator>(this IHostApplicationBuilder builder, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        var bound = builder.Configuration.GetSection(section);
        builder.Services.AddOptions<TOptions>().Configure(options => bound.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true));
        builder.Services.AddSingleton<IValidateOptions<TOptions>, TValidator>().AddSingleton<ReloadedOptions<TOptions>>().AddSingleton(new OptionsSection(section, typeof(TOptions)));
    }
}
