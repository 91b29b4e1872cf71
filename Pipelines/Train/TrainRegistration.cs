using MlAspire.Pipelines.Jobs;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Train;

internal static class TrainRegistration
{
    /// <summary>Registers <c>train</c> as the job of this process.</summary>
    public static void AddTrain(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IJob, TrainJob>();
        builder.Services.AddSingleton<IValidateOptions<TrainOptions>, TrainOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<ModelRepositoryOptions>, ModelRepositoryOptionsValidator>();
        builder.Services.AddOptions<TrainOptions>().BindConfiguration("Train", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddOptions<ModelRepositoryOptions>().BindConfiguration("ModelRepository", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
    }
}
