using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions, as they are served. Not in Registry/, which Pipelines links: that folder knows no ASP.NET.</summary>
internal static class RegistryEndpoints
{
    public static void AddFeatureRegistry(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RegistryOptions>().BindConfiguration(RegistryOptions.Section, options => options.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RegistryOptions>, RegistryOptionsValidator>();
        builder.Services.AddSingleton(services => RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, services.GetRequiredService<IOptions<RegistryOptions>>().Value.Path)));
    }

    public static void MapFeatureRegistry(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/registry", (FeatureRegistry registry) => Results.Text(RegistryWriter.Write(registry).ToJsonString(), "application/json"));
}
