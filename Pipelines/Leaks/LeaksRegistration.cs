using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Train;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Pipelines.Leaks;

internal static class LeaksRegistration
{
    /// <summary>Registers <c>leaks</c> as the job of this process.</summary>
    public static void AddLeaks(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IJob, LeaksJob>();
        builder.AddCheckedOptions<LeaksOptions, LeaksOptionsValidator>("Leaks", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<TrainOptions, TrainOptionsValidator>("Train", (from, options, how) => from.Bind(options, how));
    }
}
