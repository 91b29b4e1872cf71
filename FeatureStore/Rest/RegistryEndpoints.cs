using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The definitions, as they are served. Not in Registry/, which Pipelines links: that folder knows no ASP.NET.</summary>
internal static class RegistryEndpoints
{
    public static void AddFeatureRegistry(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RegistryOptions, RegistryOptionsValidator>(RegistryOptions.Section);
        builder.Services.AddSingleton(services => RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, services.GetRequiredService<IOptions<RegistryOptions>>().Value.Path)));
    }

    public static void MapFeatureRegistry(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/registry", (FeatureRegistry registry) => Results.Text(RegistryWriter.Write(registry).ToJsonString(), "application/json"));
}
