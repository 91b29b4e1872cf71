using MlAspire.Inference.Api.Models.Loading;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>Registers the model repository, its loading after the start, and the health check that says which models serve.</summary>
internal static class ModelRepositoryExtensions
{
    public static void AddModelRepository(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddCheckedOptions<ModelRepositoryOptions, ModelRepositoryOptionsValidator>(ModelRepositoryOptions.Section, (from, options, how) => from.Bind(options, how));
        services.AddSingleton<ModelTable>();
        services.AddSingleton<ResidentSessions>();
        services.AddSingleton<ModelResidency>();
        services.AddSingleton<GoldenFile>();
        services.AddSingleton<ModelTrial>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<RepositoryNames>();
        services.AddSingleton<ModelRepository>();
        services.AddHostedService<RepositoryLoading>();
        services.AddHealthChecks().AddCheck<ModelsHealthCheck>("models", tags: [HealthEndpoints.ReadyTag]);
    }
}
