using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>Routes that only holders of a key may call, in a service that knows nothing finer; its keys are in the section <c>Access</c>.</summary>
public static class KeyedRoutes
{
    public static void AddKeyedRoutes(this IHostApplicationBuilder builder) => builder.AddCheckedOptions<KeyedRoutesOptions, KeyedRoutesOptionsValidator>(KeyedRoutesOptions.Section, (from, options, how) => from.Bind(options, how));

    /// <summary>Refuses from here on who has no key, before the body is read.</summary>
    public static void UseKeyedRoutes(this IApplicationBuilder app) => app.UseMiddleware<KeyedRoutesMiddleware>();

    public static TBuilder RequireKey<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresKey(OrPassword: false));

    /// <summary>For what is only read: a browser asks for the key as a password, under any name. It sends the password by itself from then on, so never for a route that changes something.</summary>
    public static TBuilder RequireKeyOrPassword<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiresKey(OrPassword: true));
}

/// <summary>The route needs a key.</summary>
internal sealed record RequiresKey(bool OrPassword) : INeedsKey
{
    public string? Scope => null;
}
