using MlAspire.Pipelines.Jobs;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Train;

internal static class TrainRegistration
{
    /// <summary>Registers <c>train</c> as the job of this process.</summary>
    public static void AddTrain(this IHostApplicationBuilder builder)
    {
        builder.AddSteps(TelemetryNames.Sources.Pipelines);
        builder.Services.AddSingleton<IJob, TrainJob>();
        builder.AddServiceClient<TrainingAudit>("gateway");
        builder.AddCheckedOptions<TrainOptions, TrainOptionsValidator>("Train", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<ModelRepositoryOptions, ModelRepositoryOptionsValidator>("ModelRepository", (from, options, how) => from.Bind(options, how), shared: true);
    }
}
