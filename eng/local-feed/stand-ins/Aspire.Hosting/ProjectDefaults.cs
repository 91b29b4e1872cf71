using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>What a project gets by itself: endpoints and environment from its launch profile and its Kestrel configuration.</summary>
internal sealed class ProjectDefaults(IResourceBuilder<ProjectResource> project, ProjectResourceOptions options)
{
    private readonly IConfiguration settings = ReadSettings(project.Resource.GetProjectMetadata());
    private readonly NamedLaunchProfile? profile = project.Resource.GetEffectiveLaunchProfile();
    private EndpointAnnotation? defaultHttps;

    /// <summary>Endpoints of the launch profile with their ports, ASPNETCORE_URLS, and the profile's variables.</summary>
    public void ApplyForRun()
    {
        RejectKestrelEndpoints();
        project.WithEnvironment(SetUrls);
        if (profile is null)
        {
            return;
        }

        var ofScheme = new Dictionary<string, int>();
        foreach (var url in profile.LaunchProfile.ApplicationUrl?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            AddLaunchEndpoint(BindingAddress.Parse(url), ofScheme);
        }

        if (Uri.TryCreate(profile.LaunchProfile.LaunchUrl, UriKind.RelativeOrAbsolute, out var launchUrl))
        {
            project.WithUrls(context => ApplyLaunchUrl(context.Urls, launchUrl));
        }

        project.WithEnvironment(AddProfileVariables);
    }

    /// <summary>An http and an https endpoint for every web project, HTTP_PORTS, and forwarded headers.</summary>
    public void ApplyForPublish()
    {
        RejectKestrelEndpoints();
        project.WithEnvironment(context =>
        {
            if (project.Resource.GetEndpoints().Any() && !project.Resource.HasAnnotationOfType<DisableForwardedHeadersAnnotation>())
            {
                context.EnvironmentVariables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
            }
        });
        project.WithEnvironment(context =>
        {
            SetPorts(context, "HTTP_PORTS", "http");
            SetPorts(context, "HTTPS_PORTS", "https");
        });
        if (profile?.LaunchProfile.ApplicationUrl is null)
        {
            return;
        }

        var http = GetOrAddEndpoint("http");
        var https = GetOrAddEndpoint("https");
        // Both are one port of the container: TLS ends before it.
        http.TargetPort = https.TargetPort = http.TargetPort ?? https.TargetPort;
    }

    private void RejectKestrelEndpoints()
    {
        if (!options.ExcludeKestrelEndpoints && settings.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw Unsupported.By("Aspire.Hosting", $"Reading Kestrel:Endpoints from the appsettings.json of '{project.Resource.Name}'");
        }
    }

    private void AddLaunchEndpoint(BindingAddress address, Dictionary<string, int> ofScheme)
    {
        // The first of a scheme has the scheme's name, the others are numbered: http, http2, http3.
        var count = ofScheme[address.Scheme] = ofScheme.GetValueOrDefault(address.Scheme) + 1;
        project.WithEndpoint(count == 1 ? address.Scheme : $"{address.Scheme}{count}", endpoint =>
        {
            endpoint.Port = address.Port;
            endpoint.TargetHost = address.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ? KnownHostNames.Localhost : address.Host;
            endpoint.UriScheme = address.Scheme;
            endpoint.FromLaunchProfile = true;
            UseHttp2IfConfigured(endpoint);
        });
    }

    private EndpointAnnotation GetOrAddEndpoint(string scheme)
    {
        var existing = project.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(endpoint => endpoint.UriScheme == scheme || endpoint.Name == scheme);
        if (existing is not null)
        {
            return existing;
        }

        var endpoint = new EndpointAnnotation(System.Net.Sockets.ProtocolType.Tcp, scheme);
        UseHttp2IfConfigured(endpoint);
        project.WithAnnotation(endpoint);
        defaultHttps = scheme == "https" ? endpoint : defaultHttps;
        return endpoint;
    }

    private void UseHttp2IfConfigured(EndpointAnnotation endpoint)
    {
        if (settings["Kestrel:EndpointDefaults:Protocols"] == "Http2")
        {
            endpoint.Transport = "http2";
        }
    }

    private IEnumerable<EndpointReference> InjectedEndpoints()
    {
        var filters = project.Resource.Annotations.OfType<EndpointEnvironmentInjectionFilterAnnotation>().ToArray();
        return project.Resource.GetEndpoints().Where(reference => reference.EndpointAnnotation is var endpoint
            && endpoint.UriScheme is "http" or "https"
            && endpoint.TargetPortEnvironmentVariable is null
            && filters.All(annotation => annotation.Filter(endpoint)));
    }

    private void SetUrls(EnvironmentCallbackContext context)
    {
        if (context.EnvironmentVariables.ContainsKey("ASPNETCORE_URLS"))
        {
            return;
        }

        var urls = new ReferenceExpressionBuilder();
        foreach (var endpoint in InjectedEndpoints())
        {
            if (endpoint.IsHttps)
            {
                // Redirects to https must name the port of consumers, not the process's own.
                context.EnvironmentVariables.TryAdd("ASPNETCORE_HTTPS_PORT", endpoint.Property(EndpointProperty.Port));
            }

            urls.AppendLiteral(urls.IsEmpty ? string.Empty : ";");
            urls.Append($"{endpoint.Property(EndpointProperty.Scheme)}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
        }

        if (!urls.IsEmpty)
        {
            context.EnvironmentVariables["ASPNETCORE_URLS"] = urls.Build();
        }
    }

    private void SetPorts(EnvironmentCallbackContext context, string variable, string scheme)
    {
        var ports = new ReferenceExpressionBuilder();
        foreach (var endpoint in InjectedEndpoints().Where(endpoint => endpoint.Scheme == scheme && endpoint.EndpointAnnotation != defaultHttps))
        {
            ports.AppendLiteral(ports.IsEmpty ? string.Empty : ";");
            ports.Append($"{endpoint.Property(EndpointProperty.TargetPort)}");
        }

        if (!ports.IsEmpty)
        {
            context.EnvironmentVariables.TryAdd(variable, ports.Build());
        }
    }

    private void AddProfileVariables(EnvironmentCallbackContext context)
    {
        context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", profile!.Name);
        foreach (var (name, value) in profile.LaunchProfile.EnvironmentVariables)
        {
            context.EnvironmentVariables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
        }
    }

    private static void ApplyLaunchUrl(List<ResourceUrlAnnotation> urls, Uri launchUrl)
    {
        foreach (var url in urls.Where(url => url.Endpoint is { Exists: true, EndpointAnnotation.FromLaunchProfile: true }))
        {
            url.Url = launchUrl.IsAbsoluteUri ? launchUrl.OriginalString : new Uri(new Uri(url.Url), launchUrl).ToString();
        }
    }

    private static IConfigurationRoot ReadSettings(IProjectMetadata metadata)
    {
        var folder = Path.GetDirectoryName(metadata.ProjectPath)!;
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT");
        return new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(folder, "appsettings.json"), optional: true)
            .AddJsonFile(Path.Combine(folder, $"appsettings.{environment}.json"), optional: true)
            .Build();
    }
}
