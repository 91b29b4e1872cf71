using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Makes a request that cannot be bound an exception in every environment, so that <see cref="ErrorMiddleware"/> can name the field.</summary>
internal static class ErrorExtensions
{
    public static void AddErrors(this IHostApplicationBuilder builder) =>
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
}
