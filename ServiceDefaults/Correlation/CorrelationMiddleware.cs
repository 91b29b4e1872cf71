using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>Takes the caller's correlation id, or makes one, and puts it on the span, the log lines and the answer. Outermost of all middleware.</summary>
internal sealed class CorrelationMiddleware(RequestDelegate next, ILogger<CorrelationMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var correlation = CorrelationId.Begin(logger, context.Request.Headers[CorrelationId.HeaderName]);
        var id = CorrelationId.Current!;
        (context.Features.Get<IHttpActivityFeature>()?.Activity ?? Activity.Current)?.SetTag(TelemetryNames.Attributes.CorrelationId, id);

        // Set when the answer starts, not now: a proxy copies the header of the service behind it and would send both.
        context.Response.OnStarting(
            static state =>
            {
                var (response, id) = ((HttpResponse, string))state;
                response.Headers[CorrelationId.HeaderName] = id;
                return Task.CompletedTask;
            },
            (context.Response, id));
        await next(context);
    }
}
