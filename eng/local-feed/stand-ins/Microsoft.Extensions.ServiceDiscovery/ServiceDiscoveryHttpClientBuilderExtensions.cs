using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets an HttpClient take service names as hosts.</summary>
public static class ServiceDiscoveryHttpClientBuilderExtensions
{
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder httpClientBuilder)
    {
        ArgumentNullException.ThrowIfNull(httpClientBuilder);
        httpClientBuilder.Services.AddServiceDiscoveryCore();
        httpClientBuilder.AddHttpMessageHandler(services => new ResolvingHandler(
            services.GetRequiredService<ServiceEndpointResolver>(), services.GetRequiredService<IOptions<ServiceDiscoveryOptions>>()));
        httpClientBuilder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, NoGrpcLoadBalancing>());
        return httpClientBuilder;
    }

    /// <summary>gRPC's own load balancing resolves the host before this package can; its documented switch is this property of the handler.</summary>
    private sealed class NoGrpcLoadBalancing : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            if (builder.AdditionalHandlers.OfType<ResolvingHandler>().Any() && builder.PrimaryHandler is SocketsHttpHandler sockets)
            {
                sockets.Properties["__GrpcLoadBalancingDisabled"] = true;
            }
        };
    }
}
