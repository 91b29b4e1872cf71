using MlAspire.ServiceDefaults.Health;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary>The services with what each says of itself, as markup: what is not healthy with its reasons. Pure.</summary>
internal static class HealthRow
{
    public static string Render(IReadOnlyDictionary<string, HealthBody> services) => services.Count == 0 ? "" : $"""
        <section class="wide"><ul class="services">{string.Concat(services.OrderBy(service => service.Key, StringComparer.Ordinal).Select(service => Service(service.Key, service.Value)))}</ul></section>
        """;

    private static string Service(string name, HealthBody health) => $"""
        <li class="{Encode(health.Status)}"><b>{Encode(name)}</b> {Encode(health.Status)}{string.Concat(health.Checks.Where(check => check.Value.Status != "Healthy").Select(check => $"<br><span>{Encode(check.Key)}: {Encode(check.Value.Description ?? check.Value.Status)}</span>"))}</li>
        """;
}
