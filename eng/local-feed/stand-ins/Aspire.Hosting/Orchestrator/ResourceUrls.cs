using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The URLs of a resource: one an allocated endpoint, and those that the AppHost added or changed.</summary>
internal static partial class ResourceUrls
{
    /// <summary>Replaces the resource's URL annotations by the final ones. Its endpoints must be allocated.</summary>
    public static async Task ResolveAsync(IResource resource, DistributedApplicationExecutionContext context, ILogger logger, CancellationToken cancellationToken)
    {
        var urls = OfEndpoints(resource).ToList();
        foreach (var added in resource.Annotations.OfType<ResourceUrlAnnotation>().ToArray())
        {
            urls.Add(added);
            resource.Annotations.Remove(added);
        }

        var callbackContext = new ResourceUrlsCallbackContext(context, resource, urls, cancellationToken) { Logger = logger };
        foreach (var callback in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>().ToArray())
        {
            try
            {
                await callback.Callback(callbackContext).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogFailed(logger, error, resource.Name);
            }
        }

        foreach (var url in urls)
        {
            if (url.Url.StartsWith('/') && url.Endpoint is { IsAllocated: true } endpoint)
            {
                url.Url = endpoint.Url.TrimEnd('/') + url.Url;
            }

            resource.Annotations.Add(url);
        }
    }

    /// <param name="isActive">Whether somebody listens at the endpoint of that name.</param>
    public static ImmutableArray<UrlSnapshot> Snapshots(IResource resource, Func<string, bool> isActive) =>
        [.. resource.Annotations.OfType<ResourceUrlAnnotation>().ToArray().Select((url, index) => new UrlSnapshot(url.Endpoint?.EndpointName, url.Url, url.IsInternal)
        {
            IsInactive = url.Endpoint is { } endpoint && !isActive(endpoint.EndpointName),
            DisplayProperties = new UrlDisplayPropertiesSnapshot(url.DisplayText ?? "", -index),
        })];

    private static IEnumerable<ResourceUrlAnnotation> OfEndpoints(IResource resource)
    {
        if (resource is not IResourceWithEndpoints owner)
        {
            yield break;
        }

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.AllocatedEndpoint is not null))
        {
            var reference = new EndpointReference(owner, endpoint, endpoint.DefaultNetworkID);
            yield return new ResourceUrlAnnotation { Url = endpoint.AllocatedEndpoint!.UriString, Endpoint = reference };
            if (endpoint.AllocatedEndpoint.BindingMode != EndpointBindingMode.SingleAddress)
            {
                yield return new ResourceUrlAnnotation
                {
                    Url = $"{endpoint.AllocatedEndpoint.UriScheme}://{Environment.MachineName}:{endpoint.AllocatedEndpoint.Port}",
                    Endpoint = reference,
                };
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "An error occurred while processing URLs for resource '{ResourceName}'.")]
    private static partial void LogFailed(ILogger logger, Exception error, string resourceName);
}
