using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the standard pipeline to an HttpClient.</summary>
public static class ResilienceHttpClientBuilderExtensions
{
    public static IHttpStandardResiliencePipelineBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder, Action<HttpStandardResilienceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.AddStandardResilienceHandler().Configure(configure);
    }

    public static IHttpStandardResiliencePipelineBuilder AddStandardResilienceHandler(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = $"{builder.Name}-standard";
        builder.Services.AddOptionsWithValidateOnStart<HttpStandardResilienceOptions>(name);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HttpStandardResilienceOptions>, HttpStandardResilienceOptionsValidator>());

        // A client's pipelines, not a handler's: handlers are renewed every two minutes and a circuit breaker's state must outlive them.
        builder.Services.TryAddKeyedSingleton(name, (services, _) => new KeyedPipelines(() => Build(services, name)));
        builder.AddHttpMessageHandler(services => new ResilienceHandler(SelectorOf(services, name)));
        builder.ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan);
        return new StandardPipeline(name, builder.Services);
    }

    private static Func<HttpRequestMessage, ResiliencePipeline<HttpResponseMessage>> SelectorOf(IServiceProvider services, string name)
    {
        var pipelines = services.GetRequiredKeyedService<KeyedPipelines>(name);
        if (services.GetRequiredService<IOptionsMonitor<PipelineKeyOptions>>().Get(name).KeyProvider is not { } keyOf)
        {
            var pipeline = pipelines.Of("");
            return _ => pipeline;
        }

        using var probe = new HttpRequestMessage(HttpMethod.Get, "https://localhost:123"); // as the genuine one does: a selector that cannot work is found before the first request
        _ = keyOf(probe);
        return request => pipelines.Of(keyOf(request));
    }

    private static ResiliencePipeline<HttpResponseMessage> Build(IServiceProvider services, string name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<HttpStandardResilienceOptions>>().Get(name);
        return new ResiliencePipelineBuilder<HttpResponseMessage> { Name = name, TimeProvider = services.GetService<TimeProvider>() }
            .AddTimeout(options.TotalRequestTimeout)
            .AddRetry(options.Retry)
            .AddCircuitBreaker(options.CircuitBreaker)
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    private sealed record StandardPipeline(string PipelineName, IServiceCollection Services) : IHttpStandardResiliencePipelineBuilder;

    private sealed class KeyedPipelines(Func<ResiliencePipeline<HttpResponseMessage>> build)
    {
        private readonly ConcurrentDictionary<string, Lazy<ResiliencePipeline<HttpResponseMessage>>> pipelines = new();

        public ResiliencePipeline<HttpResponseMessage> Of(string key) => pipelines.GetOrAdd(key, _ => new(build)).Value;
    }
}
