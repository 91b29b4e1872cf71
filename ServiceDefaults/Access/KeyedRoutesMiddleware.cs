using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>Refuses a request without a known key where one is needed. Without configured keys every route is open.</summary>
internal sealed partial class KeyedRoutesMiddleware
{
    private readonly RequestDelegate next;
    private readonly KeyRing<string> keys;

    public KeyedRoutesMiddleware(RequestDelegate next, IOptions<KeyedRoutesOptions> options, ILogger<KeyedRoutesMiddleware> log)
    {
        this.next = next;
        keys = new([.. options.Value.Keys.Select(key => (ApiKey.HashOf(key.Value), key.Key))]);
        if (keys.Count == 0)
        {
            LogOpen(log);
        }
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (keys.Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<RequiresKey>() is not { } required)
        {
            return next(context);
        }

        if (((required.OrPassword ? ApiKey.OfPassword(context.Request) : null) ?? ApiKey.Of(context.Request)) is not { } key)
        {
            throw ApiKey.Unauthenticated(context, "This needs an API key.", required.OrPassword);
        }

        return keys.Find(key) is not null ? next(context) : throw ApiKey.Unauthenticated(context, "The API key is not known.", required.OrPassword);
    }

    [LoggerMessage(EventName = TelemetryNames.Events.WritesOpen, Level = LogLevel.Warning, Message = "Anyone may write, and read what needs a key: none is configured (Access__Keys).")]
    private static partial void LogOpen(ILogger log);
}
