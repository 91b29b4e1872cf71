using MlAspire.Gateway.Limits;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Access;

/// <summary>Knows who calls, refuses what the caller may not do, and holds the caller to the limits. A route without <see cref="RequiresScope"/> is open.</summary>
/// <remarks>The key is in <c>authorization: Bearer KEY</c> or <c>x-api-key: KEY</c>. A wrong key is refused also where none is needed.</remarks>
internal sealed class AccessMiddleware(RequestDelegate next, ApiKeys keys, CallerLimits limits)
{
    public const string KeyHeader = "x-api-key";

    private const string Bearer = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresScope>() is not { } required)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var caller = CallerOf(context.Request);
        if (!caller.Scopes.HasFlag(required.Scope))
        {
            var needed = $"This needs a key with the scope {ScopeNames.NameOf(required.Scope)}.";
            throw caller == keys.Anonymous ? Unauthenticated(context, needed) : new ServiceError(ErrorCode.PermissionDenied, needed);
        }

        // Health and the rest of the open routes are not limited: an orchestrator must see a busy gateway as alive.
        using var lease = limits.Enter(caller);
        context.Features.Set(caller);
        await next(context).ConfigureAwait(false);
    }

    private Caller CallerOf(HttpRequest request)
    {
        var key = request.Headers[KeyHeader].ToString();
        if (key.Length == 0)
        {
            var authorization = request.Headers.Authorization.ToString();
            if (authorization.Length == 0)
            {
                return keys.Anonymous;
            }

            key = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
        }

        return keys.Find(key) ?? throw Unauthenticated(request.HttpContext, "The API key is not known.");
    }

    private static ServiceError Unauthenticated(HttpContext context, string message)
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Task.CompletedTask;
        });
        return new(ErrorCode.Unauthenticated, message);
    }
}

/// <summary>The scope that a route needs.</summary>
internal sealed record RequiresScope(Scope Scope);

/// <summary>How routes say it.</summary>
internal static class ScopedRoutes
{
    public static TBuilder RequireScope<TBuilder>(this TBuilder route, Scope scope)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresScope(scope));
}
