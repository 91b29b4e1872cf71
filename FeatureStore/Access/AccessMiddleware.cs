using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Access;

/// <summary>Refuses a request without a known key where one is needed, before its body is read. Without configured keys every route is open.</summary>
internal sealed partial class AccessMiddleware
{
    private readonly RequestDelegate next;
    private readonly KeyRing<string> keys;

    public AccessMiddleware(RequestDelegate next, IOptions<AccessOptions> options, ILogger<AccessMiddleware> log)
    {
        this.next = next;
        keys = new([.. options.Value.Keys.Select(key => (ApiKey.HashOf(key.Value), key.Key))]);
        if (keys.Count == 0) { LogOpen(log); }
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (keys.Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<RequiresKey>() is null) { return next(context); }
        if (ApiKey.Of(context.Request) is not { } key) { throw ApiKey.Unauthenticated(context, "This needs an API key."); }
        return keys.Find(key) is not null ? next(context) : throw ApiKey.Unauthenticated(context, "The API key is not known.");
    }

    [LoggerMessage(EventName = TelemetryNames.Events.WritesOpen, Level = LogLevel.Warning, Message = "Anyone may write features: no key is configured (Access__Keys).")]
    private static partial void LogOpen(ILogger log);
}

/// <summary>The route needs a key.</summary>
internal sealed record RequiresKey;

/// <summary>How routes say it.</summary>
internal static class KeyedRoutes
{
    public static TBuilder RequireKey<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresKey());
}
