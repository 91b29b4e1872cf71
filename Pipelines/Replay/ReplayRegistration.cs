using MlAspire.Pipelines.Jobs;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Pipelines.Replay;

internal static class ReplayRegistration
{
    /// <summary>Registers <c>replay</c> as the job of this process.</summary>
    public static void AddReplay(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IJob, ReplayJob>();
        builder.AddCheckedOptions<ReplayOptions, ReplayOptionsValidator>("Replay", (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<ServiceCall>().AddSingleton<ReplayProgress>();
        builder.Services.AddSingleton<EventPusher>().AddSingleton<FlightPredictor>().AddSingleton<FeedbackQueue>();
        builder.AddServiceClient<FeatureStoreClient>("feature-store", timeouts =>
        {
            // A warm-up batch has thousands of rows, and the machine may be busy starting everything else.
            timeouts.AttemptTimeout = TimeSpan.FromSeconds(20);
            timeouts.TotalTimeout = TimeSpan.FromSeconds(30);
        });
        builder.AddServiceClient<GatewayClient>("gateway");
        builder.AddServiceClient<MonitoringClient>("monitoring");
    }
}
