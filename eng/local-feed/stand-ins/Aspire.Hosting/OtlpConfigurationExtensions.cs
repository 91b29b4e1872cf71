using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Tells resources where the dashboard takes telemetry.</summary>
public static class OtlpConfigurationExtensions
{
    public static void AddOtlpEnvironment(IResource resource, IConfiguration configuration, IHostEnvironment environment)
        => Add(resource, configuration, environment, null);

    public static void AddOtlpEnvironment(IResource resource, IConfiguration configuration, IHostEnvironment environment, OtlpProtocol protocol)
        => Add(resource, configuration, environment, protocol);

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        Add(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment, null);
        return builder;
    }

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        Add(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment, protocol);
        return builder;
    }

    private static void Add(IResource resource, IConfiguration configuration, IHostEnvironment environment, OtlpProtocol? protocol)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(environment);
        resource.Annotations.Add(new OtlpExporterAnnotation { RequiredProtocol = protocol });
        resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            if (context.ExecutionContext.IsRunMode)
            {
                SetExporter(context, configuration, protocol);
                if (environment.IsDevelopment())
                {
                    SetLively(context.EnvironmentVariables);
                }
            }
        }));
    }

    private static void SetExporter(EnvironmentCallbackContext context, IConfiguration configuration, OtlpProtocol? protocol)
    {
        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? configuration["DOTNET_DASHBOARD_OTLP_ENDPOINT_URL"];
        var http = configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] ?? configuration["DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"];
        if (DashboardEndpoint(context, protocol) is { } endpoint)
        {
            SetExporter(context.EnvironmentVariables, configuration, endpoint, ProtocolName(protocol, endpoint));
            return;
        }

        var (url, name) = (protocol, grpc, http) switch
        {
            (OtlpProtocol.HttpProtobuf or OtlpProtocol.HttpJson, _, null) => throw new InvalidOperationException(
                "The resource's telemetry needs HTTP, but no endpoint was configured for ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"),
            (OtlpProtocol.HttpProtobuf, _, _) or (null, null, not null) => (http, "http/protobuf"),
            (OtlpProtocol.HttpJson, _, _) => (http, "http/json"),
            _ => (grpc ?? "http://localhost:18889", "grpc"),
        };
        SetExporter(context.EnvironmentVariables, configuration, url!, name);
    }

    /// <summary>The endpoint of the dashboard that this application runs; null when it runs none.</summary>
    private static EndpointReference? DashboardEndpoint(EnvironmentCallbackContext context, OtlpProtocol? protocol)
    {
        var model = context.ExecutionContext.BuiltServices?.GetService<DistributedApplicationModel>();
        if (model?.Resources.OfType<IResourceWithEndpoints>().FirstOrDefault(resource => resource.Name == DashboardResource.Name) is not { } dashboard)
        {
            return null;
        }

        var grpc = dashboard.GetEndpoint(DashboardResource.OtlpGrpc);
        var http = dashboard.GetEndpoint(DashboardResource.OtlpHttp);
        return (protocol is OtlpProtocol.HttpProtobuf or OtlpProtocol.HttpJson || !grpc.Exists) && http.Exists ? http : grpc.Exists ? grpc : null;
    }

    private static string ProtocolName(OtlpProtocol? protocol, EndpointReference endpoint) => protocol switch
    {
        OtlpProtocol.HttpJson => "http/json",
        _ => endpoint.EndpointName == DashboardResource.OtlpHttp ? "http/protobuf" : "grpc",
    };

    /// <param name="url">A text, or the endpoint whose address is known later.</param>
    private static void SetExporter(Dictionary<string, object> variables, IConfiguration configuration, object url, string name)
    {
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = name;
        // The orchestrator fills these in for each replica.
        variables["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id={{- index .Annotations \"otel-service-instance-id\" -}}";
        variables["OTEL_SERVICE_NAME"] = "{{- index .Annotations \"otel-service-name\" -}}";
        if (configuration["AppHost:OtlpApiKey"] is { } key)
        {
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        }
    }

    /// <summary>Everything is exported, within a second.</summary>
    private static void SetLively(Dictionary<string, object> variables)
    {
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
    }
}
