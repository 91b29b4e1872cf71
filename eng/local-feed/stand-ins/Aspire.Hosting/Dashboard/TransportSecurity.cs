using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Addresses of the dashboard without TLS must be allowed on purpose.</summary>
internal static class TransportSecurity
{
    public const string AllowKey = "ASPIRE_ALLOW_UNSECURED_TRANSPORT";

    private static readonly string[] addressKeys =
        ["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    public static bool AllowsHttp(IConfiguration configuration, DistributedApplicationOptions application) =>
        application.AllowUnsecuredTransport || configuration.GetValue(AllowKey, defaultValue: false);

    /// <exception cref="DistributedApplicationException">An address is not one, or is http though that is not allowed; the message names its key.</exception>
    public static void Check(IConfiguration configuration, DistributedApplicationOptions application)
    {
        foreach (var key in addressKeys.Where(key => !string.IsNullOrWhiteSpace(configuration[key])))
        {
            var first = configuration[key]!.Split(';')[0];
            if (!Uri.TryCreate(first, UriKind.Absolute, out var address))
            {
                throw new DistributedApplicationException($"The {key} setting with a value of '{first}' could not be parsed as a URI.");
            }

            if (address.Scheme == Uri.UriSchemeHttp && !AllowsHttp(configuration, application))
            {
                var setting = key == "ASPNETCORE_URLS" ? "applicationUrl" : key;
                throw new DistributedApplicationException(
                    $"The '{setting}' setting must be an https address unless the '{AllowKey}' environment variable is set to true. This configuration is commonly set in the launch profile. See https://aka.ms/aspire/allowunsecuredtransport for more details.");
            }
        }
    }
}
