using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Registers how much is told of a request.</summary>
public static class DetailExtensions
{
    /// <summary>For the service that callers from outside reach: what they say of the verdict does not count.</summary>
    public static void AddEdge(this IHostApplicationBuilder builder) => builder.Services.PostConfigure<DetailOptions>(options => options.TrustsCallers = false);

    internal static void AddDetail(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<DetailOptions, DetailOptionsValidator>(DetailOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<TelemetryFlow>().AddSingleton<WaitingDetails>().AddSingleton<VerdictSender>();
        builder.Services.AddHostedService(services => services.GetRequiredService<VerdictSender>());
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, VerboseLevels>(); // after LogLevels, whose rules it sees
        builder.Services.AddHttpClient(VerdictSender.ClientName, client => client.Timeout = TimeSpan.FromSeconds(2)).UseServiceConnections();
    }
}
