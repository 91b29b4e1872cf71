using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Subjects;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>Puts the correlation id, the subject and the one line a request in front of every request; and the id on every outgoing call.</summary>
internal static class CorrelationExtensions
{
    public static void AddCorrelation(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, FirstInPipeline>());
        builder.Services.AddTransient<CorrelationHandler>();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler<CorrelationHandler>());
    }

    private sealed class FirstInPipeline : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseMiddleware<RequestLogMiddleware>(); // outermost: it begins what the others fill
            app.UseMiddleware<CorrelationMiddleware>();
            app.UseMiddleware<SubjectMiddleware>();
            app.UseMiddleware<DetailMiddleware>();
            next(app);
        };
    }
}
