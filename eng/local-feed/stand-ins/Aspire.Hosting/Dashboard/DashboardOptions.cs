using System.Security.Cryptography;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dashboard;

/// <summary>How the dashboard is reached, and which keys protect it; null = unprotected, or a free port.</summary>
internal sealed class DashboardOptions
{
    public string? Path { get; set; }

    /// <summary>Addresses of the pages, separated by <c>;</c>: the AppHost's own <c>ASPNETCORE_URLS</c>.</summary>
    public string? FrontendUrls { get; set; }

    public string? OtlpGrpcUrl { get; set; }

    public string? OtlpHttpUrl { get; set; }

    /// <summary>Opens the pages: <c>/login?t={token}</c>.</summary>
    public string? BrowserToken { get; set; }

    /// <summary>Sent by the resources with their telemetry as <c>x-otlp-api-key</c>.</summary>
    public string? OtlpApiKey { get; set; }

    /// <summary>Reads the telemetry back: header <c>x-api-key</c> of <c>/api/telemetry</c>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Sent by the dashboard to the resource service.</summary>
    public string? ResourceServiceKey { get; set; }
}

/// <summary>Fills <see cref="DashboardOptions"/> from the configuration.</summary>
internal sealed class ConfigureDashboardOptions(IConfiguration configuration, IOptions<DcpOptions> dcp) : IConfigureOptions<DashboardOptions>
{
    public void Configure(DashboardOptions options)
    {
        options.Path = dcp.Value.DashboardPath;
        options.FrontendUrls = Text("ASPNETCORE_URLS") ?? Text("URLS");
        options.OtlpGrpcUrl = Text("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL") ?? Text("DOTNET_DASHBOARD_OTLP_ENDPOINT_URL");
        options.OtlpHttpUrl = Text("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL") ?? Text("DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL");
        options.BrowserToken = Text("AppHost:BrowserToken");
        options.OtlpApiKey = Text("AppHost:OtlpApiKey");
        options.ApiKey = Text("AppHost:DashboardApiKey");
        options.ResourceServiceKey = Text("AppHost:ResourceService:ApiKey");
    }

    private string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key];
}

/// <summary>The keys of the dashboard.</summary>
internal static class DashboardKeys
{
    private const string Anonymous = "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS";

    /// <summary>Puts every key that is not configured into the configuration, at random; none when the configuration wants everybody let in.</summary>
    public static void Ensure(ConfigurationManager configuration)
    {
        if (configuration.GetValue(Anonymous, defaultValue: false))
        {
            configuration["AppHost:ResourceService:AuthMode"] = "Unsecured";
            return;
        }

        Set(configuration, "AppHost:OtlpApiKey", from: "AppHost:OtlpApiKey");
        Set(configuration, "AppHost:DashboardApiKey", from: "AppHost:DashboardApiKey");
        Set(configuration, "AppHost:BrowserToken", from: "ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN");
        Set(configuration, "AppHost:ResourceService:ApiKey", from: "ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY");
        configuration["AppHost:ResourceService:AuthMode"] = "ApiKey";
    }

    private static void Set(ConfigurationManager configuration, string key, string from)
    {
        var given = configuration[from];
        configuration[key] = string.IsNullOrEmpty(given) ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) : given;
    }
}
