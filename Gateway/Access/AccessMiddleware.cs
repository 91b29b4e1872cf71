using MlAspire.Gateway.Limits;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Access;

/// <summary>Knows who calls, refuses what the caller may not do, and holds the caller to the limits. A route without <see cref="RequiresScope"/> is open.</summary>
/// <remarks>The key is in <c>authorization: Bearer KEY</c> or <c>x-api-key: KEY</c>. A wrong key is refused also where none is needed.</remarks>
internal sealed class AccessMiddleware(RequestDelegate next, ApiKeys keys, CallerLimits limits)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresScope>() is not { } required)
        {
            await next(context);
            return;
        }

        var caller = CallerOf(context);
        if (!caller.Scopes.HasFlag(required.Scope))
        {
            var needed = $"This needs a key with the scope {ScopeNames.NameOf(required.Scope)}.";
            throw caller == keys.Anonymous ? ApiKey.Unauthenticated(context, needed) : new ServiceError(ErrorCode.PermissionDenied, needed);
        }

        // Health and the rest of the open routes are not limited: an orchestrator must see a busy gateway as alive.
        using var lease = limits.Enter(caller);
        context.Features.Set(caller);
        ApiKey.Remove(context.Request); // it is the gateway's, and nobody's behind it
        await next(context);
    }

    private Caller CallerOf(HttpContext context) => ApiKey.Of(context.Request) is { } key
        ? keys.Find(key) ?? throw ApiKey.Unauthenticated(context, "The API key is not known.")
        : keys.Anonymous;
}

/// <summary>The scope that a route needs.</summary>
internal sealed record RequiresScope(Scope Scope) : INeedsKey
{
    string INeedsKey.Scope => ScopeNames.NameOf(Scope);
}

/// <summary>How routes say it.</summary>
internal static class ScopedRoutes
{
    public static TBuilder RequireScope<TBuilder>(this TBuilder route, Scope scope)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresScope(scope));
}
