using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Reads what a resource's annotations say.</summary>
public static class ResourceExtensions
{
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation)
        where T : IResourceAnnotation
    {
        annotation = resource.Annotations.OfType<T>().LastOrDefault();
        return annotation is not null;
    }

    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result)
        where T : IResourceAnnotation
    {
        T[] annotations = [.. resource.Annotations.OfType<T>()];
        result = annotations.Length > 0 ? annotations : null;
        return annotations.Length > 0;
    }

    public static bool HasAnnotationOfType<T>(this IResource resource)
        where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();

    public static bool TryGetEnvironmentVariables(this IResource resource, [NotNullWhen(true)] out IEnumerable<EnvironmentCallbackAnnotation>? environmentVariables)
        => resource.TryGetAnnotationsOfType(out environmentVariables);

    public static bool TryGetContainerMounts(this IResource resource, [NotNullWhen(true)] out IEnumerable<ContainerMountAnnotation>? volumeMounts)
        => resource.TryGetAnnotationsOfType(out volumeMounts);

    public static bool TryGetEndpoints(this IResource resource, [NotNullWhen(true)] out IEnumerable<EndpointAnnotation>? endpoints)
        => resource.TryGetAnnotationsOfType(out endpoints);

    public static bool TryGetUrls(this IResource resource, [NotNullWhen(true)] out IEnumerable<ResourceUrlAnnotation>? urls)
        => resource.TryGetAnnotationsOfType(out urls);

    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource)
        => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => new EndpointReference(resource, endpoint));

    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource, NetworkIdentifier contextNetworkId)
        => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => new EndpointReference(resource, endpoint, contextNetworkId));

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName, NetworkIdentifier contextNetworkId)
        => new(resource, endpointName, contextNetworkId);

    /// <summary>Registry, image and tag or digest: <c>docker.io/library/redis:8.6</c>.</summary>
    public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
    {
        imageName = null;
        if (resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image))
        {
            var registry = string.IsNullOrEmpty(image.Registry) ? string.Empty : $"{image.Registry}/";
            var version = (image.SHA256, image.Tag) switch
            {
                ({ Length: > 0 } digest, _) => $"@sha256:{digest}",
                (_, { Length: > 0 } tag) => $":{tag}",
                _ => string.Empty,
            };
            imageName = $"{registry}{image.Image}{version}";
        }

        return imageName is not null;
    }

    public static int GetReplicaCount(this IResource resource) => resource.TryGetLastAnnotation<ReplicaAnnotation>(out var replicas) ? replicas.Replicas : 1;

    public static bool IsExcludedFromPublish(this IResource resource)
        => resource.TryGetLastAnnotation<ManifestPublishingCallbackAnnotation>(out var callback) && callback == ManifestPublishingCallbackAnnotation.Ignore;

    internal static NetworkIdentifier GetDefaultResourceNetwork(this IResource resource)
        => resource.IsContainer() ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork;

    internal static bool SupportsProxy(this IResource resource) => !resource.TryGetLastAnnotation<ProxySupportAnnotation>(out var proxy) || proxy.ProxyEnabled;

    internal static bool TryGetInstances(this IResource resource, out ImmutableArray<DcpInstance> instances)
    {
        instances = resource.TryGetLastAnnotation<DcpInstancesAnnotation>(out var annotation) ? annotation.Instances : [];
        return !instances.IsEmpty;
    }

    /// <summary>Names of the running instances; the resource's own name before there are any.</summary>
    internal static string[] GetResolvedResourceNames(this IResource resource)
        => resource.TryGetInstances(out var instances) ? [.. instances.Select(instance => instance.Name)] : [resource.Name];

    /// <summary>The command line as declared: texts and value providers.</summary>
    internal static async Task<List<object>> GatherArgumentsAsync(
        this IResource resource, DistributedApplicationExecutionContext executionContext, ILogger logger, CancellationToken cancellationToken)
    {
        var arguments = new List<object>();
        var context = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken) { ExecutionContext = executionContext, Logger = logger };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context).ConfigureAwait(false);
        }

        return arguments;
    }

    /// <summary>The environment as declared: texts and value providers, in the order in which they were added.</summary>
    internal static async Task<Dictionary<string, object>> GatherEnvironmentAsync(
        this IResource resource, DistributedApplicationExecutionContext executionContext, ILogger logger, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken) { Logger = logger };
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context).ConfigureAwait(false);
        }

        return context.EnvironmentVariables;
    }

    /// <summary>A declared value as a text: its value when the application runs (which may be waited for), its expression when it is published; null = leave out.</summary>
    internal static async Task<ResolvedValue> ResolveAsync(
        this IResource resource, DistributedApplicationExecutionContext executionContext, object? value, CancellationToken cancellationToken)
    {
        var unwrapped = value is IResourceBuilder<IResource> builder ? builder.Resource : value;
        switch (unwrapped)
        {
            case IManifestExpressionProvider expression when executionContext.IsPublishMode:
                return new(expression.ValueExpression, false);
            case IValueProvider provider when executionContext.IsRunMode:
                var context = new ValueProviderContext { ExecutionContext = executionContext, Caller = resource };
                return new(await provider.GetValueAsync(context, cancellationToken).ConfigureAwait(false), ValueReferences.IsSensitive(provider));
            default:
                return new(Convert.ToString(unwrapped, System.Globalization.CultureInfo.InvariantCulture), false);
        }
    }
}

/// <summary>A value as a text, and whether it holds a secret.</summary>
internal sealed record ResolvedValue(string? Value, bool IsSensitive);
