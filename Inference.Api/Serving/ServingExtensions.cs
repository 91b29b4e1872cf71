using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Registers the acts of the protocol and the limits of a request.</summary>
internal static class ServingExtensions
{
    public static void AddServing(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<LimitsOptions>().BindConfiguration(LimitsOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitsOptions>, LimitsOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<LimitsOptions>>().Value);
        services.AddSingleton<TensorCheck>();
        services.AddSingleton<RequestSlots>();
        services.AddSingleton<InferenceService>();
        services.AddSingleton<RepositoryService>();
    }
}
