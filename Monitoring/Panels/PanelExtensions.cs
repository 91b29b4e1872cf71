using MlAspire.Monitoring.Configuration;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Monitoring.Panels;

/// <summary>Registers the panels.</summary>
internal static class PanelExtensions
{
    public static void AddPanels(this IHostApplicationBuilder builder)
    {
        builder.AddReloadedOptions<PanelsOptions, PanelsOptionsValidator>(PanelsOptions.Section);
        builder.Services.AddHttpClient(PanelWorker.ClientName, client => (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(2), PanelWorker.MaxAnswerBytes)).UseServiceConnections().AddServiceDiscovery();
        builder.Services.AddSingleton<PanelWorker>().AddHostedService(services => services.GetRequiredService<PanelWorker>());
    }
}
