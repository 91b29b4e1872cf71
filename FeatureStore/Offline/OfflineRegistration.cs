using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.FeatureStore.Offline;

internal static class OfflineRegistration
{
    /// <summary>Registers the log and what writes it.</summary>
    public static void AddOffline(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<OfflineOptions, OfflineOptionsValidator>(OfflineOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.AddWrittenDirectory<OfflineOptions>(offline => offline.Directory);
        builder.Services.AddSingleton<FeatureLog>().AddSingleton<AppliedNotes>().AddSingleton<LoggedIngest>().AddSingleton<OfflineStore>().AddHostedService(services => services.GetRequiredService<OfflineStore>()).AddHostedService<AppliedNotesWatch>();
        builder.Services.AddHealthChecks().AddCheck<OfflineStore>("feature log", tags: ["ready"]);
    }
}
