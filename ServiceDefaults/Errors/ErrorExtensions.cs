using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Registers the answers to failures, and makes a request that cannot be bound an exception in every environment, so that <see cref="ErrorMiddleware"/> can name the field.</summary>
internal static class ErrorExtensions
{
    public static void AddErrors(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ErrorAnswers>();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }
}
