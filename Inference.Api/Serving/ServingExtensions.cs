using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Registers the acts of the protocol and the limits of a request.</summary>
internal static class ServingExtensions
{
    public static void AddServing(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddCheckedOptions<LimitsOptions, LimitsOptionsValidator>(LimitsOptions.Section, (from, options, how) => from.Bind(options, how));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<LimitsOptions>>().Value);
        services.AddSingleton<TensorCheck>();
        services.AddSingleton<RequestSlots>();
        services.AddSingleton<LoadSlots>();
        services.AddSingleton<StreamSlots>();
        services.AddSingleton<InferenceService>();
        services.AddSingleton<RepositoryService>();
        services.AddSingleton<LogSettingsService>();
    }
}
