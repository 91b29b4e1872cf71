using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
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
    /// <param name="bind"><c>(from, options, how) => from.Bind(options, how)</c>: it stands where the type is known, for the compiler makes the code of such a call there (<c>EnableConfigurationBindingGenerator</c>); else it is done by reflection.</param>
    /// <param name="shared">Whether other services read other keys of the same section from an environment that all inherit; else a key that is not known here is an error.</param>
    public static void AddCheckedOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TValidator>(
        this IHostApplicationBuilder builder, string section, Action<IConfiguration, TOptions, Action<BinderOptions>> bind, bool shared = false)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        builder.Services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => bind(configuration.GetSection(section), options, binder => binder.ErrorOnUnknownConfiguration = !shared))
            .ValidateOnStart();
        builder.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(services => new ConfigurationChangeTokenSource<TOptions>(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton<IValidateOptions<TOptions>, TValidator>().AddSingleton(new OptionsSection(section, typeof(TOptions)));
    }
}
