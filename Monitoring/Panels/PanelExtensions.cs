using MlAspire.Monitoring.Configuration;

namespace MlAspire.Monitoring.Panels;

/// <summary>Registers the panels.</summary>
internal static class PanelExtensions
{
    public static void AddPanels(this IHostApplicationBuilder builder)
    {
        builder.AddReloadedOptions<PanelsOptions, PanelsOptionsValidator>(PanelsOptions.Section);
        builder.AddWatchedServicesClient(PanelWorker.ClientName, TimeSpan.FromSeconds(2), PanelWorker.MaxAnswerBytes);
        builder.Services.AddSingleton<PanelWorker>().AddHostedService(services => services.GetRequiredService<PanelWorker>());
    }
}
