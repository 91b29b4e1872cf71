using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Train;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Pipelines.Freshness;

internal static class FreshnessRegistration
{
    /// <summary>Registers <c>freshness</c> as the job of this process.</summary>
    public static void AddFreshness(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IJob, FreshnessJob>();
        builder.AddCheckedOptions<FreshnessOptions, FreshnessOptionsValidator>("Freshness", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<TrainOptions, TrainOptionsValidator>("Train", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<ModelRepositoryOptions, ModelRepositoryOptionsValidator>("ModelRepository", (from, options, how) => from.Bind(options, how), shared: true);
    }
}
