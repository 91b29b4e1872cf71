using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Subjects;
using Polly;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>How long a call to another service may take. One that has a deadline of its own (<see cref="RequestDeadline.WithTimeLeft"/>) has until then, and only until then.</summary>
public sealed class ServiceClientOptions
{
    /// <summary>With the retry. Default 10 s.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>One attempt; at most <see cref="TotalTimeout"/>. Default 5 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Share of the calls that may be retried, in (0, 1]; default 0.1. A service that is down is not asked twice as often.</summary>
    public double RetryShare { get; set; } = 0.1;

    /// <summary>Retries that may be sent at once after a quiet time, at least 1; default 10.</summary>
    public double RetryBurst { get; set; } = 10;
}

/// <summary>Clients for our own services: the name is resolved by service discovery, the correlation id goes along, failures become <see cref="Errors.ServiceError"/>.</summary>
public static class ServiceClients
{
    private static readonly HttpRequestOptionsKey<bool> Idempotent = new("MlAspire.Idempotent");
    private static readonly HttpRequestOptionsKey<string> Circuit = new("MlAspire.Circuit");

    /// <summary>Registers <typeparamref name="TClient"/>, made with an HttpClient whose base address is the service.</summary>
    /// <param name="builder">The service that calls.</param>
    /// <param name="service">Name in the AppHost: <c>feature-store</c>; <c>services:feature-store:http:0</c> says where it is.</param>
    /// <param name="configure">The time-outs.</param>
    public static IHttpClientBuilder AddServiceClient<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TClient>(
        this IHostApplicationBuilder builder, string service, Action<ServiceClientOptions>? configure = null)
        where TClient : class
    {
        var options = new ServiceClientOptions();
        configure?.Invoke(options);
        var http = builder.Services.AddHttpClient<TClient>(client => client.BaseAddress = new Uri($"http://{service}"));
        http.UseServiceConnections();
        http.AddHttpMessageHandler(services => new ServiceFailureHandler(service, services.GetRequiredService<ClockHealth>()));
        http.AddStandardResilienceHandler().Configure((resilience, services) => Configure(resilience, options, new Retries(service, options, services.GetRequiredService<IMeterFactory>())))
            .SelectPipelineBy(_ => request => request.CircuitName() ?? "");
        http.AddHttpMessageHandler(() => new DeadlineHandler()).AddHttpMessageHandler(() => new WholeAnswerHandler());
        return http.AddServiceDiscovery().AddRequestTelemetry();
    }

    /// <summary>The connections of a client of our services: no proxy, no cookies, no redirects, what arrives is as it was sent. Its calls have spans and metrics; the two lines of each that a client has by default are left out.</summary>
    public static IHttpClientBuilder UseServiceConnections(this IHttpClientBuilder http) => http.RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    /// <summary>Tells the called service the verdict on the trace and whose request it is: for a client of one of ours that is not made by <see cref="AddServiceClient{TClient}"/>. Comes after its service discovery.</summary>
    public static IHttpClientBuilder AddRequestTelemetry(this IHttpClientBuilder http) =>
        http.AddHttpMessageHandler(() => new DetailHandler()).AddHttpMessageHandler(() => new SubjectHandler());

    /// <summary>Marks a request that may be sent twice although its method is POST: a read, or a write that a repeat does not change.</summary>
    public static HttpRequestMessage AsIdempotent(this HttpRequestMessage request)
    {
        request.Options.Set(Idempotent, true);
        return request;
    }

    /// <summary>Gives the requests of one name a circuit breaker of their own: what fails there says nothing of the service's other calls, which share one. Time-outs and the retries' budget are the service's as before.</summary>
    /// <param name="request">To the service.</param>
    /// <param name="name">One of few, as what was used once is kept until the restart; null = the shared one.</param>
    public static HttpRequestMessage OnCircuit(this HttpRequestMessage request, string? name)
    {
        if (name is not null)
        {
            request.Options.Set(Circuit, name);
        }

        return request;
    }

    internal static string? CircuitName(this HttpRequestMessage request) => request.Options.TryGetValue(Circuit, out var name) ? name : null;

    internal static void AddServiceClientDefaults(this IHostApplicationBuilder builder) => builder.Services.AddServiceDiscovery();

    private static void Configure(HttpStandardResilienceOptions resilience, ServiceClientOptions options, Retries retries)
    {
        resilience.TotalRequestTimeout.Timeout = options.TotalTimeout;
        resilience.TotalRequestTimeout.TimeoutGenerator = call => TimeoutOf(call.Context, options.TotalTimeout);
        resilience.AttemptTimeout.Timeout = options.AttemptTimeout;
        resilience.AttemptTimeout.TimeoutGenerator = call => TimeoutOf(call.Context, options.AttemptTimeout);
        var sampling = 2 * options.AttemptTimeout;
        resilience.CircuitBreaker.SamplingDuration = sampling > resilience.CircuitBreaker.SamplingDuration ? sampling : resilience.CircuitBreaker.SamplingDuration;
        resilience.CircuitBreaker.FailureRatio = 0.5;
        resilience.CircuitBreaker.ShouldHandle = call => ValueTask.FromResult(
            HttpClientResiliencePredicates.IsTransient(call.Outcome) || (call.Outcome.Exception is OperationCanceledException && call.Context.GetRequestMessage()?.IsOverdue() == true));
        resilience.Retry.MaxRetryAttempts = 1;
        resilience.Retry.Delay = Retries.Delay;
        resilience.Retry.UseJitter = true;
        resilience.Retry.ShouldRetryAfterHeader = false;
        resilience.Retry.ShouldHandle = retries.DecideAsync;
    }

    private static ValueTask<TimeSpan> TimeoutOf(ResilienceContext call, TimeSpan otherwise) =>
        ValueTask.FromResult(call.GetRequestMessage()?.HasDeadline() == true ? Timeout.InfiniteTimeSpan : otherwise);

    internal static bool MayRepeat(this HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || (request.Options.TryGetValue(Idempotent, out var idempotent) && idempotent);
}
