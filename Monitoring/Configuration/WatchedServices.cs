using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Monitoring.Configuration;

/// <summary>The services that monitoring is told of (section <c>services</c>), itself perhaps among them.</summary>
internal static class WatchedServices
{
    /// <summary>Their names, as of now.</summary>
    public static string[] ServiceNames(this IConfiguration configuration) => [.. configuration.GetSection("services").GetChildren().Select(service => service.Key)];

    /// <summary>Registers a client that asks them by their names.</summary>
    /// <param name="limit">Of an answer's time.</param>
    /// <param name="maxAnswerBytes">Of its bytes.</param>
    public static void AddWatchedServicesClient(this IHostApplicationBuilder builder, string name, TimeSpan limit, int maxAnswerBytes) => builder.Services
        .AddHttpClient(name, client => (client.Timeout, client.MaxResponseContentBufferSize) = (limit, maxAnswerBytes)).UseServiceConnections().AddServiceDiscovery();
}
