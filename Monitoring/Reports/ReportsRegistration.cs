using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.Reports;

internal static class ReportsRegistration
{
    public static void AddReports(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ReportsOptions, ReportsOptionsValidator>("Reports", (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<AuditReports>().AddHostedService<AlertReporter>();
    }
}
