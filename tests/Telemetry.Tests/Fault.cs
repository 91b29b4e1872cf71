using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MlAspire.Telemetry.Tests;

/// <summary>Makes one service misbehave for the requests whose id begins with its name: <c>error-inference-7</c> is answered 500 after its work, <c>slow-inference-7</c> waits before it.</summary>
internal sealed class Fault(string service, TimeSpan slow) : IStartupFilter
{
    public static void AddTo(WebApplicationBuilder builder, string service, TimeSpan slow) => builder.Services.AddSingleton<IStartupFilter>(new Fault(service, slow));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            var id = context.Request.Headers["x-correlation-id"].ToString();
            if (id.StartsWith($"slow-{service}-", StringComparison.Ordinal))
            {
                await Task.Delay(slow, context.RequestAborted);
            }

            if (id.StartsWith($"error-{service}-", StringComparison.Ordinal))
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                    return Task.CompletedTask;
                });
            }

            await following(context);
        });
        next(app);
    };
}
