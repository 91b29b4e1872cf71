using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Registers the steps of a service.</summary>
public static class StepExtensions
{
    /// <param name="builder">The service.</param>
    /// <param name="source">Its name of <see cref="TelemetryNames.Sources"/>.</param>
    public static void AddSteps(this IHostApplicationBuilder builder, string source) => builder.Services.AddSingleton(services => new Steps(
        source, services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
}
