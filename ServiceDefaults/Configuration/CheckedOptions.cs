using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Configuration;

/// <summary>How every service binds an options class: checked when the service starts, which then refuses to start and names the key.</summary>
public static class CheckedOptions
{
    /// <summary>Binds <typeparamref name="TOptions"/> to <paramref name="section"/> and checks it with <typeparamref name="TValidator"/> at the start.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="section">Name of the configuration section.</param>
    /// <param name="shared">Whether other services read other keys of the same section from an environment that all inherit; else a key that is not known here is an error.</param>
    public static void AddCheckedOptions<TOptions, TValidator>(this IHostApplicationBuilder builder, string section, bool shared = false)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        builder.Services.AddOptions<TOptions>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = !shared).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TOptions>, TValidator>().AddSingleton(new OptionsSection(section, typeof(TOptions)));
    }
}
