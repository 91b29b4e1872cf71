using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>Puts the correlation id in front of every request and on every outgoing call.</summary>
internal static class CorrelationExtensions
{
    public static void AddCorrelation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTransient<IStartupFilter, FirstInPipeline>();
        builder.Services.AddTransient<CorrelationHandler>();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler<CorrelationHandler>());
    }

    private sealed class FirstInPipeline : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseMiddleware<CorrelationMiddleware>();
            next(app);
        };
    }
}
