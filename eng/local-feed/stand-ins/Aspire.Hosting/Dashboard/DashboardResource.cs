using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Orchestrator;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dashboard;

/// <summary>Puts the dashboard into the model as a hidden resource: the orchestrator starts and ends it like every other.</summary>
internal sealed partial class DashboardResource(
    DistributedApplicationOptions application,
    IOptions<DashboardOptions> options,
    IConfiguration configuration,
    IHostEnvironment environment,
    IDistributedApplicationEventing eventing,
    ResourceServiceHost resourceService,
    ILogger<DistributedApplication> logger)
{
    /// <summary>Its name; resources that export telemetry look for it.</summary>
    public const string Name = "aspire-dashboard";

    public const string OtlpGrpc = "otlp-grpc";
    public const string OtlpHttp = "otlp-http";

    /// <summary>Adds the resource as the first one, so that it is up early.</summary>
    /// <exception cref="DistributedApplicationException">There is no dashboard at the configured path.</exception>
    public void AddTo(DistributedApplicationModel model)
    {
        if (model.Resources.Any(resource => resource.Name == Name))
        {
            return;
        }

        var path = Path.GetFullPath(options.Value.Path ?? throw new DistributedApplicationException(
            "The path of the dashboard is not known. The AppHost's build writes it into the assembly (metadata 'aspiredashboardpath'); set DcpPublisher:DashboardPath to give another one."));
        if (!File.Exists(path))
        {
            throw new DistributedApplicationException($"There is no dashboard at '{path}'; see DcpPublisher:DashboardPath.");
        }

        var dashboard = new ExecutableResource(Name, path, Path.GetDirectoryName(path)!);
        AddEndpoints(dashboard);
        dashboard.Annotations.Add(new CommandLineArgsCallbackAnnotation(arguments => arguments.Insert(0, "dashboard")));
        dashboard.Annotations.Add(new EnvironmentCallbackAnnotation(SetEnvironmentAsync));
        dashboard.Annotations.Add(new NoLifecycleCommandsAnnotation());
        dashboard.Annotations.Add(new ResourceIconAnnotation("ContentView"));
        if (!configuration.GetValue("ASPIRE_SHOW_DASHBOARD_RESOURCES", defaultValue: false))
        {
            dashboard.Annotations.Add(new HiddenAnnotation(HiddenBehavior.Always));
        }

        model.Resources.Insert(0, dashboard);
        eventing.Subscribe<ResourceReadyEvent>(dashboard, (_, _) =>
        {
            Announce(dashboard);
            return Task.CompletedTask;
        });
    }

    private void AddEndpoints(ExecutableResource dashboard)
    {
        var scheme = TransportSecurity.AllowsHttp(configuration, application) ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        foreach (var url in options.Value.FrontendUrls?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            Add(url, name: null, transport: null);
        }

        if (options.Value.FrontendUrls is null)
        {
            Add(null, scheme, transport: null);
        }

        if (options.Value.OtlpGrpcUrl is not null || options.Value.OtlpHttpUrl is null)
        {
            Add(options.Value.OtlpGrpcUrl, OtlpGrpc, "http2");
        }

        if (options.Value.OtlpHttpUrl is not null || options.Value.OtlpGrpcUrl is null)
        {
            Add(options.Value.OtlpHttpUrl, OtlpHttp, transport: null);
        }

        void Add(string? url, string? name, string? transport)
        {
            var address = url is null ? null : BindingAddress.Parse(url);
            dashboard.Annotations.Add(new EndpointAnnotation(
                ProtocolType.Tcp, uriScheme: address?.Scheme ?? scheme, transport: transport, name: name ?? address?.Scheme, port: address?.Port is > 0 ? address.Port : null, isProxied: true)
            {
                TargetHost = address?.Host ?? "localhost",
            });
        }
    }

    private async Task SetEnvironmentAsync(EnvironmentCallbackContext context)
    {
        var variables = context.EnvironmentVariables;
        foreach (var (name, value) in configuration.AsEnumerable().Where(entry => entry.Key.StartsWith("ASPIRE_DASHBOARD_", StringComparison.OrdinalIgnoreCase) && entry.Value is not null))
        {
            variables[name] = value!;
        }

        var dashboard = (IResourceWithEndpoints)context.Resource;
        var frontends = dashboard.GetEndpoints().Where(endpoint => endpoint.EndpointName is "http" or "https").ToArray();
        variables["ASPNETCORE_ENVIRONMENT"] = environment.EnvironmentName;
        variables["ASPNETCORE_URLS"] = Join(frontends.Select(Listen));
        variables["DASHBOARD__FRONTEND__PUBLICURL"] = (frontends.FirstOrDefault(endpoint => endpoint.IsHttps) ?? frontends[0]).Url;
        SetListen(OtlpGrpc, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL");
        SetListen(OtlpHttp, "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL");
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = await resourceService.Address.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        SetKey("FRONTEND", "BrowserToken", "BROWSERTOKEN", options.Value.BrowserToken);
        SetKey("OTLP", "ApiKey", "PRIMARYAPIKEY", options.Value.OtlpApiKey);
        SetKey("API", "ApiKey", "PRIMARYAPIKEY", options.Value.ApiKey);
        SetKey("RESOURCESERVICECLIENT", "ApiKey", "APIKEY", options.Value.ResourceServiceKey);
        variables["DASHBOARD__API__ENABLED"] = "true";
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "json";

        void SetListen(string endpoint, string variable)
        {
            if (dashboard.GetEndpoint(endpoint) is { Exists: true } reference)
            {
                variables[variable] = Listen(reference);
            }
        }

        void SetKey(string section, string mode, string name, string? key)
        {
            variables[$"DASHBOARD__{section}__AUTHMODE"] = key is null ? "Unsecured" : mode;
            if (key is not null)
            {
                variables[$"DASHBOARD__{section}__{name}"] = key;
            }
        }
    }

    /// <summary>What the process binds, behind the proxy: the port is filled in by the orchestrator.</summary>
    private static ReferenceExpression Listen(EndpointReference endpoint) =>
        ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Scheme)}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");

    private static ReferenceExpression Join(IEnumerable<ReferenceExpression> parts)
    {
        var joined = new ReferenceExpressionBuilder();
        foreach (var part in parts)
        {
            if (!joined.IsEmpty)
            {
                joined.AppendLiteral(";");
            }

            joined.Append($"{part}");
        }

        return joined.Build();
    }

    private void Announce(IResourceWithEndpoints dashboard)
    {
        var frontends = dashboard.GetEndpoints().Where(endpoint => endpoint.EndpointName is "http" or "https").ToArray();
        var url = (frontends.FirstOrDefault(endpoint => endpoint.IsHttps) ?? frontends[0]).Url;
        LogListening(url);
        if (options.Value.BrowserToken is { } token)
        {
            LogLogin($"{url}/login?t={token}");
        }

        if (dashboard.GetEndpoint(OtlpGrpc) is { Exists: true } otlp)
        {
            LogOtlp(otlp.Url);
        }
    }

    [LoggerMessage(LogLevel.Information, "Now listening on: {DashboardUrl}")]
    private partial void LogListening(string dashboardUrl);

    [LoggerMessage(LogLevel.Information, "Login to the dashboard at {LoginUrl}")]
    private partial void LogLogin(string loginUrl);

    [LoggerMessage(LogLevel.Information, "The dashboard takes telemetry at {OtlpUrl} (OTLP/gRPC)")]
    private partial void LogOtlp(string otlpUrl);
}
