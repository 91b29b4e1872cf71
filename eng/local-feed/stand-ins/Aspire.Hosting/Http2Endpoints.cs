using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Turns the http endpoints of HTTP/2 services into http2 before anything starts.</summary>
internal static class Http2Endpoints
{
    public static Task ApplyAsync(DistributedApplicationModel model)
    {
        foreach (var resource in model.Resources.Where(resource => resource.HasAnnotationOfType<Http2ServiceAnnotation>()))
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme is "http" or "https"))
            {
                endpoint.Transport = "http2";
            }
        }

        return Task.CompletedTask;
    }
}
